from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemotron_vl_integrations.errors import InvalidRequestError
from nemotron_vl_integrations.ledger import Ledger
from nemotron_vl_integrations.ledger.folding import fold_text
from nemotron_vl_integrations.ledger.search import cut_snippet
from tests.ledger_pages import FILE, OTHER_FILE, SETTINGS, make_page, run_sql


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "pages.ledger") as opened:
        yield opened


def find(ledger: Ledger, query: str) -> list[int]:
    return sorted(hit.page for hit in ledger.search(query, 1000))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Dear Ms Hale,", "ms hale"),
        ("Dear Ms Hale,", "HALE dear"),
        ("Willow Paper Shop", "low"),
        ("Größe und Straße", "grosse STRASSE"),
        ("cafe\u0301 au lait", "café"),
        ("café au lait", "cafe"),
        ("ﬁnal oﬀer", "final offer"),
        ("Совет Безопасности", "безопасности"),
        ("Ёлка", "елка"),
        ("北京市人民政府", "人民政府"),
        ("北京市人民政府", "北京"),
        ("北京市人民政府", "京"),
        ("北京市人民政府", "政府 北京市"),
        ("東京都千代田区のがっこう", "がっこう"),
        ("東京タワー", "タワー"),
        ("서울특별시 중구", "특별시"),
        ("서울특별시 중구", "중구 서울"),
        ("before\0after", "after"),
    ],
)
def test_a_page_is_found_in_any_script_and_spelling(ledger: Ledger, text: str, query: str) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, "another page"))
    ledger.record(FILE, SETTINGS, make_page(2, text))
    assert find(ledger, query) == [2]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("がっこう", "かっこう"),
        ("Dear Ms Hale,", "Hale Smith"),
        ("Dear Ms Hale,", "hale xy"),
        ("letter 12", "13"),
        ("text", " \t\n"),
        ("text", ""),
        ("text", "\u0301"),
    ],
)
def test_a_page_without_every_word_is_not_found(ledger: Ledger, text: str, query: str) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, text))
    assert find(ledger, query) == []


@pytest.mark.parametrize(
    "query",
    [
        '"',
        '""',
        "a*",
        "tot*",
        "NOT",
        "a OR b",
        "folded:total",
        "^total",
        "NEAR(a b)",
        "(",
        "'; DROP TABLE results",
        "%",
        "_",
        "-total",
        "+total",
        "\0",
        "\ud800",
        "{",
        "total)",
    ],
)
def test_a_query_is_text_and_never_syntax(ledger: Ledger, query: str) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, "The total is 31.80"))
    ledger.record(FILE, SETTINGS, make_page(2, f"literally {query} here"))
    assert find(ledger, query) in ([2], [])
    assert find(ledger, "literally") == [2]


def test_a_sign_of_the_syntax_is_found_where_it_is_written(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, 'He said "yes, 100%" (tot*)'))
    for query in ('"yes', '100%"', "(tot*)", "%", '"'):
        assert find(ledger, query) == [1]


def test_too_long_a_query_and_an_odd_limit_are_refused(ledger: Ledger) -> None:
    with pytest.raises(InvalidRequestError, match="1001 characters"):
        ledger.search("x" * 1001)
    for limit in (0, 10_001):
        with pytest.raises(InvalidRequestError, match=f"limit={limit}"):
            ledger.search("x", limit)


def test_hits_are_ranked_and_limited(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, "invoice " + "of something else " * 50))
    ledger.record(FILE, SETTINGS, make_page(2, "invoice, invoice, invoice"))
    ledger.record(OTHER_FILE, SETTINGS, make_page(9, "a letter", source="other.pdf"))
    hits = ledger.search("invoice")
    assert [(hit.rank, hit.page) for hit in hits] == [(1, 2), (2, 1)]
    assert ledger.search("invoice", limit=1) == hits[:1]
    (hit,) = ledger.search("LETT")
    assert (hit.source, hit.page_label, hit.file_sha256) == ("other.pdf", "9", OTHER_FILE)
    assert hit.mark("<", ">") == "a <lett>er"


def test_a_hit_shows_the_newest_path(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page())
    ledger.note_path(FILE, "moved.pdf")
    assert [hit.source for hit in ledger.search("hale")] == ["moved.pdf"]


WORDS = st.text(st.sampled_from("abßéİ北京がカ\u0301 \n"), max_size=8)


@given(
    text=WORDS,
    words=st.lists(WORDS.filter(lambda word: bool(fold_text(word).strip())), min_size=1, max_size=3),
)
def test_every_match_in_a_snippet_is_a_word_that_was_asked_for(text: str, words: list[str]) -> None:
    folded = tuple(piece for word in words for piece in fold_text(word).split())
    snippet, matches = cut_snippet(text, folded)
    for start, end in matches:
        assert 0 <= start < end <= len(snippet)
        assert any(word in fold_text(snippet[start:end]) for word in folded)
    if any(word in fold_text(text) for word in folded):
        assert matches


def test_a_snippet_of_a_long_page_holds_the_match_and_little_more() -> None:
    text = "a" * 5000 + "\nfound ß here\n" + "ﬃ" * 5000
    for word in ("found", "ss"):
        snippet, matches = cut_snippet(text, (word,))
        assert snippet.startswith("…")
        assert snippet.endswith("…")
        assert len(snippet) < 200
        assert [fold_text(snippet[start:end]) for start, end in matches] == [word]
    assert cut_snippet("x" * 500 + "y" * 900, ("y" * 900,))[1] == ((41, 941),)


LETTERS = st.text(st.sampled_from("abAé北京市 \n"), max_size=12)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "fail", "forget"]), st.integers(0, 1), st.integers(1, 3), LETTERS
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(changes=CHANGES, queries=st.lists(LETTERS, min_size=1, max_size=6))
def test_after_any_changes_search_finds_what_a_look_at_every_text_finds(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int, int, str]], queries: list[str]
) -> None:
    path = tmp_path_factory.mktemp("changes") / "pages.ledger"
    texts = dict[tuple[str, int], tuple[str, bool]]()
    with Ledger(path) as ledger:
        for what, number, page, text in changes:
            file = (FILE, OTHER_FILE)[number]
            if what == "forget":
                ledger.forget(file)
                texts = {key: value for key, value in texts.items() if key[0] != file}
                continue
            failed = what == "fail"
            ledger.record(file, SETTINGS, make_page(page, text, status="failed" if failed else "read"))
            if not failed or texts.get((file, page), ("", True))[1]:
                texts[file, page] = text, failed
        for query in queries:
            words = fold_text(query).split()
            expected = {
                key for key, (text, _) in texts.items() if words and all(w in fold_text(text) for w in words)
            }
            assert {(hit.file_sha256, hit.page) for hit in ledger.search(query, 100)} == expected
    # Compares the index with the texts, entry by entry.
    run_sql(path, "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def test_pages_that_are_equally_good_come_in_their_order_whatever_was_read_first(tmp_path: Path) -> None:
    with Ledger(tmp_path / "pages.ledger") as ledger:
        for page in (3, 1, 2):
            ledger.record(FILE, SETTINGS, make_page(page, "The same text."))
        assert [hit.page for hit in ledger.search("same text")] == [1, 2, 3]
