"""What was read is remembered: resumed runs, identical pages, failures, and search over all texts.

ledger           `Ledger`: finds, records, lists, searches
source           a `Ledger`, or the path of one: what every `ledger=` takes
settings         `ReadingSettings`: what determines a result, and its fingerprint
content_hashes   the SHA-256 of a document and of a rendered page
records          rows and results; columns holds texts and digests in them
search           the query, the hits; folding is the form in which texts are compared
schema           the tables, and the steps between their versions
database         the connection, its lock, its transactions
opening          which files are taken, and how
damage           what becomes of a broken file, and errors for people
"""

from nemotron_vl_integrations.ledger.content_hashes import hash_document, hash_page_image
from nemotron_vl_integrations.ledger.ledger import Ledger
from nemotron_vl_integrations.ledger.records import MAX_TEXT_BYTES, LedgerEntry
from nemotron_vl_integrations.ledger.search import SearchHit
from nemotron_vl_integrations.ledger.settings import READING_RULES, ReadingSettings
from nemotron_vl_integrations.ledger.source import LedgerSource, check_ledger, name_ledger, use_ledger

__all__ = [
    "MAX_TEXT_BYTES",
    "READING_RULES",
    "Ledger",
    "LedgerEntry",
    "LedgerSource",
    "ReadingSettings",
    "SearchHit",
    "check_ledger",
    "hash_document",
    "hash_page_image",
    "name_ledger",
    "use_ledger",
]
