import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.errors import InvalidRequestError, LedgerError
from nemotron_vl_integrations.ledger import (
    MAX_TEXT_BYTES,
    Ledger,
    ReadingSettings,
    hash_document,
    hash_page_image,
)
from nemotron_vl_integrations.page_result import PageResult
from nemotron_vl_integrations.tiling import Grid
from tests.ledger_pages import FILE, IMAGE, OTHER_FILE, SETTINGS, make_page, run_sql


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "pages.ledger") as opened:
        yield opened


TEXTS = st.text(st.characters(), max_size=40)
NUMBERS = st.none() | st.floats(allow_nan=False)
RESULTS = st.builds(
    PageResult,
    source=TEXTS,
    page=st.integers(1, 2**40),
    page_label=TEXTS,
    status=st.sampled_from(["read", "retried", "continued", "split", "text_layer", "blank", "failed"]),
    text=TEXTS,
    reason=TEXTS,
    attempts=st.integers(0, 9),
    prompt_tokens=st.integers(0, 10**6),
    completion_tokens=st.integers(0, 10**6),
    seconds=st.floats(0, 1e6),
    grid=st.none() | st.builds(Grid, st.integers(1, 12), st.integers(1, 12)),
    rotation=st.sampled_from([0, 90, 180, 270]),
    confidence=NUMBERS,
    lowest_logprob=NUMBERS,
    repetition=st.floats(0, 1),
    model=TEXTS,
    image=st.none() | st.builds(Path, st.text(min_size=1, max_size=9)),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One file for all examples: what earlier ones wrote must not be found by later ones."""
    with Ledger(tmp_path_factory.mktemp("filled") / "pages.ledger") as opened:
        yield opened


@given(result=RESULTS)
def test_a_result_comes_back_as_it_was_written_and_says_that_it_was_found(
    filled: Ledger, result: PageResult
) -> None:
    file = hash_document(repr(result).encode("utf-8", "surrogatepass"))
    filled.record(file, SETTINGS, result)
    expected = replace(result, from_ledger=True)
    assert filled.find(file, result.page, SETTINGS) == expected
    assert filled.find_many(file, SETTINGS) == {result.page: expected}
    assert filled.find_statuses(file, SETTINGS) == {result.page: result.status}
    assert [entry.result for entry in filled.entries(source=result.source) if entry.file_sha256 == file] == [
        expected
    ]


@pytest.mark.parametrize("name", [field.name for field in fields(ReadingSettings)])
def test_a_page_read_with_another_setting_is_another_page(ledger: Ledger, name: str) -> None:
    other: dict[str, object] = {"max_tiles": 6, "max_tokens": 1, "rules": 99}
    changed = replace(SETTINGS, **{name: other.get(name, "other")})
    ledger.record(FILE, SETTINGS, make_page(), image_sha256=IMAGE)
    assert ledger.find(FILE, 1, SETTINGS)
    assert ledger.find(FILE, 1, changed) is None
    assert ledger.find_image(IMAGE, changed) is None
    assert ledger.find_many(FILE, changed) == {}


def test_other_files_and_other_pages_are_not_found(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(1), image_sha256=IMAGE)
    assert ledger.find(FILE, 2, SETTINGS) is None
    assert ledger.find(OTHER_FILE, 1, SETTINGS) is None
    assert ledger.find_image(FILE, SETTINGS) is None


def test_a_page_written_again_replaces_its_row(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(text="first"))
    ledger.record(FILE, SETTINGS, make_page(text="second", status="retried"))
    assert [entry.result.text for entry in ledger.entries()] == ["second"]


def test_a_failure_never_replaces_a_text_and_a_text_replaces_a_failure(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(text="", status="failed"), image_sha256=IMAGE)
    assert ledger.find_statuses(FILE, SETTINGS) == {1: "failed"}
    ledger.record(FILE, SETTINGS, make_page(text="read now"))
    ledger.record(FILE, SETTINGS, make_page(text="", status="failed"))
    found = ledger.find(FILE, 1, SETTINGS)
    assert found
    assert (found.status, found.text) == ("read", "read now")
    # What only the first of them knew is kept.
    assert ledger.find_image(IMAGE, SETTINGS)


def test_an_identical_page_of_another_document_is_found_by_its_image(ledger: Ledger) -> None:
    ledger.record(OTHER_FILE, SETTINGS, make_page(7, status="failed", source="other.pdf"), image_sha256=IMAGE)
    ledger.record(FILE, SETTINGS, make_page(3), image_sha256=IMAGE)
    ledger.record(OTHER_FILE, SETTINGS, make_page(8, status="failed", source="other.pdf"), image_sha256=IMAGE)
    found = ledger.find_image(IMAGE, SETTINGS)
    assert found
    assert (found.source, found.page, found.text, found.from_ledger) == (
        "letter.pdf",
        3,
        "Dear Ms Hale,",
        True,
    )


def test_a_text_layer_belongs_to_its_document_and_not_to_its_picture(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(status="text_layer"), image_sha256=IMAGE)
    assert ledger.find_image(IMAGE, SETTINGS) is None
    assert ledger.find(FILE, 1, SETTINGS)


def test_a_file_that_moved_is_the_same_file_under_its_new_path(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(source="old.pdf"))
    ledger.note_path(FILE, "new.pdf")
    ledger.note_path(OTHER_FILE, "never read.pdf")
    assert ledger.paths(FILE) == ("new.pdf", "old.pdf")
    assert ledger.paths(OTHER_FILE) == ()
    assert [entry.result.source for entry in ledger.entries(source="old.pdf")] == ["new.pdf"]
    ledger.record(FILE, SETTINGS, make_page(2, source="old.pdf"))
    assert ledger.paths(FILE) == ("old.pdf", "new.pdf")
    found = ledger.find(FILE, 1, SETTINGS, source="as asked.pdf")
    assert found
    assert found.source == "as asked.pdf"


def test_a_path_may_hold_another_file_later(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(text="before"))
    ledger.record(OTHER_FILE, SETTINGS, make_page(text="after"))
    assert [entry.result.text for entry in ledger.entries(source="letter.pdf")] == ["before", "after"]


def test_entries_come_by_document_and_page_and_by_status(ledger: Ledger) -> None:
    for page in (150, *range(1, 150)):
        ledger.record(FILE, SETTINGS, make_page(page, status="failed" if page % 50 == 0 else "read"))
    ledger.record(OTHER_FILE, SETTINGS, make_page(1), image_sha256=IMAGE, file_size=12)
    entries = list(ledger.entries())
    assert [entry.result.page for entry in entries] == [*range(1, 151), 1]
    assert [entry.result.page for entry in ledger.entries(status="failed")] == [50, 100, 150]
    last = entries[-1]
    assert (last.file_sha256, last.image_sha256, last.file_size) == (OTHER_FILE, IMAGE, 12)
    assert last.settings == SETTINGS.fingerprint
    assert abs(last.recorded_at.timestamp() - time.time()) < 60


def test_a_slow_reader_of_entries_holds_nobody_up(ledger: Ledger) -> None:
    for page in range(1, 200):
        ledger.record(FILE, SETTINGS, make_page(page))
    entries = ledger.entries()
    next(entries)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ledger.record, FILE, SETTINGS, make_page(200)).result(timeout=10)
    assert len(list(entries)) == 199


def test_a_document_can_be_forgotten(ledger: Ledger) -> None:
    for page in (1, 2):
        ledger.record(FILE, SETTINGS, make_page(page, "secret"))
    ledger.record(OTHER_FILE, SETTINGS, make_page(1, "kept"))
    assert ledger.forget(FILE) == 2
    assert ledger.forget(FILE) == 0
    assert [entry.result.text for entry in ledger.entries()] == ["kept"]
    assert ledger.search("secret") == ()
    assert ledger.paths(FILE) == ()


def test_a_text_over_the_limit_is_refused_by_name(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page(1, "x" * MAX_TEXT_BYTES))
    with pytest.raises(LedgerError, match=f"text of page 2 of 'letter.pdf' has {MAX_TEXT_BYTES + 1} bytes"):
        ledger.record(FILE, SETTINGS, make_page(2, "x" * (MAX_TEXT_BYTES + 1)))
    assert list(ledger.find_statuses(FILE, SETTINGS)) == [1]


@pytest.mark.parametrize("digest", ["", "0a", "0a" * 31 + "0", "zz" * 32, " " * 64, "0a" * 33])
def test_what_is_no_sha256_is_refused(ledger: Ledger, digest: str) -> None:
    with pytest.raises(InvalidRequestError, match="is not a SHA-256"):
        ledger.find(digest, 1, SETTINGS)
    with pytest.raises(InvalidRequestError, match="is not a SHA-256"):
        ledger.record(digest, SETTINGS, make_page())


@pytest.mark.parametrize(
    "name", ["a b.ledger", "100%.ledger", "a?mode=ro#x", "ä'\"; --", ":memory:", "%41", "\udce9.ledger"]
)
def test_a_name_with_odd_characters_is_only_a_name(tmp_path: Path, name: str) -> None:
    for page in (1, 2):
        with Ledger(tmp_path / name) as ledger:
            ledger.record(FILE, SETTINGS, make_page(page))
            assert len(ledger.find_many(FILE, SETTINGS)) == page
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_ledger_is_one_tidy_file_when_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Ledger("pages.ledger") as ledger:
        ledger.record(FILE, SETTINGS, make_page())
    ledger.close()
    assert [path.name for path in tmp_path.iterdir()] == ["pages.ledger"]
    with pytest.raises(LedgerError, match="is closed"):
        ledger.find(FILE, 1, SETTINGS)


def test_threads_share_a_ledger(ledger: Ledger) -> None:
    async def record_all() -> None:
        pages = (
            asyncio.to_thread(ledger.record, FILE, SETTINGS, make_page(page, f"text {page}"))
            for page in range(1, 301)
        )
        await asyncio.gather(*pages)

    asyncio.run(record_all())
    assert {page: result.text for page, result in ledger.find_many(FILE, SETTINGS).items()} == {
        page: f"text {page}" for page in range(1, 301)
    }


def test_two_ledgers_of_one_process_share_a_file(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a.ledger") as one, Ledger(tmp_path / "a.ledger") as two:
        one.record(FILE, SETTINGS, make_page(1))
        two.record(FILE, SETTINGS, make_page(2))
        assert (
            one.find_statuses(FILE, SETTINGS) == two.find_statuses(FILE, SETTINGS) == {1: "read", 2: "read"}
        )


def test_a_status_of_a_newer_version_is_refused_by_name(ledger: Ledger) -> None:
    ledger.record(FILE, SETTINGS, make_page())
    run_sql(ledger.path, "UPDATE results SET status = 'dreamt'")
    with pytest.raises(LedgerError, match="status 'dreamt'"):
        ledger.find(FILE, 1, SETTINGS)


def test_thousands_of_pages_are_found_at_once(ledger: Ledger) -> None:
    for page in range(1, 101):
        ledger.record(FILE, SETTINGS, make_page(page, "x" * 1000))
    # The rest past `record`, which takes a millisecond a page.
    columns = (
        "file_id, settings_id, recorded_at, status, page_label, reason, attempts, prompt_tokens,"
        " completion_tokens, seconds, rotation, repetition, model, text"
    )
    for offset in (100, 200, 400, 800, 1600):
        run_sql(
            ledger.path,
            f"INSERT INTO results (page, {columns}) SELECT page + {offset}, {columns} FROM results",
        )
    began = time.process_time()
    assert len(ledger.find_many(FILE, SETTINGS)) == 3200
    # 30 ms where it was measured; 3,200 queries take half a second.
    assert time.process_time() - began < 0.3


def test_documents_are_hashed_alike_from_memory_and_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7" * 100_000)
    assert hash_document(path) == hash_document(path.read_bytes())


def test_pictures_of_equal_bytes_and_other_form_have_other_hashes() -> None:
    pictures = [
        Image.new("RGB", (6, 2)),
        Image.new("RGB", (2, 6)),
        Image.new("L", (6, 6)),
        Image.new("L", (36, 1)),
    ]
    assert len({hash_page_image(picture) for picture in pictures}) == 4
