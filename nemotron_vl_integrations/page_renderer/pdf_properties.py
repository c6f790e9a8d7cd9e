"""What a PDF says about itself: title, author, the programs that made it, dates."""

from collections.abc import Iterator

import pypdfium2 as pdfium

from nemotron_vl_integrations.page_renderer.protocol import LONGEST_PROPERTY

_NAMES = ("Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate")


def read_properties(document: pdfium.PdfDocument) -> dict[str, str]:
    """Return the entries of the document's information dictionary that are not empty, each cut to a bounded length."""
    return dict(_read(document))


def _read(document: pdfium.PdfDocument) -> Iterator[tuple[str, str]]:
    for name in _NAMES:
        try:
            value = document.get_metadata_value(name)
        except UnicodeDecodeError:  # Half a character, which no program writes on purpose.
            continue
        if text := value.strip("\0 \n\r\t"):
            yield name, text[:LONGEST_PROPERTY]
