"""Columns, tables and prose that training draws, and which turns of reading count more."""

import random
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from training.checkpoint import DEMO_FOLDER
from training.conversations import Sequencer
from training.documents import Document, write_columns, write_prose, write_tables
from training.emphasis import (
    AFTER_NEW_COLUMN,
    CHOICE,
    NEW_BLOCK,
    NEW_COLUMN,
    NEW_LINE_OF_A_COLUMN,
    SHORTEST_ANSWER,
    WIDE_GAP,
    weigh_tokens,
)
from training.evaluation.office_documents import read_paragraphs
from training.glyphs import Shelf
from training.lexicon import LEXICONS
from training.lexicon.patterns import PATTERNS
from training.page_tasks import transcribe, write_markdown
from training.pages import draw_style
from training.random_text import TextSource
from training.sheet import Page, Sheet
from training.vocabulary import make_vocabulary

WORDS = ["apple", "bridge", "candle", "delta", "ember", "forest", "garden", "harbour", "information"]
VOCABULARY = make_vocabulary(WORDS)


def write(document: Document, seed: int, *, size: tuple[int, int] = (1024, 1024), most: int = 1800) -> Page:
    rng = random.Random(seed)
    source, shelf = TextSource(rng, VOCABULARY), Shelf()
    sheet = Sheet(rng, source, shelf, draw_style(rng, shelf, size, 20, monospaced=False), size, most)
    document(sheet)
    return sheet.finish("page")


def lines_of(page: Page) -> list[tuple[float, float]]:
    """Where each line starts: x and y of its first letter."""
    starts = [0, *(place + 1 for place, sign in enumerate(page.text) if sign == "\n")]
    return [
        (float(x), float(y)) for x, y in page.centres[[start for start in starts if start < len(page.text)]]
    ]


def jumps_of(page: Page) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Lines that stand above the line that is read before them."""
    return [(before, line) for before, line in pairwise(lines_of(page)) if line[1] < before[1] - 20]


def test_reading_jumps_to_the_next_column_several_times_a_page() -> None:
    jumps = [len(jumps_of(write(write_columns, seed))) for seed in range(20)]

    assert sum(jumps) / len(jumps) > 1.5
    assert all(
        line[0] > before[0] + 60
        for seed in range(20)
        for before, line in jumps_of(write(write_columns, seed))
    )


def test_columns_open_and_end_with_headings_and_stop_above_the_foot() -> None:
    pages = [write(write_columns, seed) for seed in range(60)]
    headings = sum(
        bool(re.search(r"(?m)^#{2,6} ", page.write_markdown().text.split("\n", 2)[-1])) for page in pages
    )
    # the lowest line of every third page leaves a quarter of the page white
    short = sum(max(y for _, y in lines_of(page)) < 0.75 * 1024 for page in pages)

    assert headings > 15
    assert short > 12


def test_most_columns_start_at_the_height_of_the_one_before() -> None:
    as_high: list[bool] = []
    for seed in range(20):
        page = write(write_columns, seed)
        heights = Counter(round(y) for _, y in lines_of(page))
        # a column that begins with a heading starts a little lower
        as_high += [heights[round(line[1])] >= 2 for _, line in jumps_of(page)]

    assert sum(as_high) > 0.7 * len(as_high)


def test_a_paragraph_that_goes_on_in_the_next_column_is_one_in_markdown() -> None:
    pages = (write(write_columns, seed) for seed in range(20))
    running = 0
    for page in pages:
        shown = page.write_markdown()
        for place in range(1, len(shown.text)):
            before, after = shown.places[place - 1], shown.places[place]
            if before >= 0 <= after and page.centres[after][1] < page.centres[before][1] - 20:
                running += 1
    assert running > 5


def test_cells_of_tables_often_stand_far_apart() -> None:
    gaps: list[float] = []
    for seed in range(20):
        page = write(write_tables, seed)
        for place in (match.start() for match in re.finditer(r"\S \S", page.text)):
            gaps.append(float(page.centres[place + 2][0] - page.centres[place][0]))

    assert sum(gap > 8 * 20 for gap in gaps) / 20 > 3


@pytest.mark.parametrize("language", list(LEXICONS))
def test_patterns_of_a_language_fill_up_to_sentences_that_no_evaluation_holds(language: str) -> None:
    source = TextSource(random.Random(1), VOCABULARY)
    source.speak(language)

    sentences = [source.patterned() for _ in range(100)]

    assert not any(set("{}") & set(sentence) for sentence in sentences)
    prose = " ".join(read_paragraphs(language))
    fixed = [max(pattern.split("{w}"), key=len) for pattern in PATTERNS[language]]
    assert not [part for part in fixed if len(part) > 20 and part in prose]


def test_spans_of_time_have_hyphens_as_well_as_dashes() -> None:
    source = TextSource(random.Random(1), VOCABULARY)

    between = Counter(
        time[5] for time in (source.time() for _ in range(600)) if re.match(r"\d\d:\d\d\S", time)
    )

    assert between["-"] > 10 < between["–"]  # noqa: RUF001


def weights_of_page(document: Document, seed: int) -> tuple[Page, np.ndarray, np.ndarray]:
    page = write(document, seed)
    rng = random.Random(seed)
    talks = (transcribe(rng, page) for _ in range(200))
    talk = next(talk for talk in talks if talk.task == "transcribe")
    sequenced = Sequencer(DEMO_FOLDER).sequence(talk, 256)
    return page, weigh_tokens(sequenced, page), sequenced.first_seen


def test_where_reading_takes_a_turn_tokens_count_more() -> None:
    page, weights, first = weights_of_page(write_columns, 3)
    starts = {
        sum(len(line) + 1 for line in page.text.split("\n")[:number]): number
        for number in range(page.text.count("\n"))
    }
    jumping = {round(line[1]) for _, line in jumps_of(page)}

    assert len(jumping) >= 1
    turned = [weight for weight, place in zip(weights, first, strict=True) if place in starts and place]
    lines = [weight for weight in turned if weight in (NEW_LINE_OF_A_COLUMN, NEW_BLOCK)]
    assert turned.count(NEW_COLUMN) == len(jumps_of(page))
    assert len(lines) > 0.7 * (len(turned) - turned.count(NEW_COLUMN))


def test_the_tokens_after_a_turn_count_more_than_those_later_on() -> None:
    _, weights, _ = weights_of_page(write_columns, 3)

    for turn in np.flatnonzero(weights == NEW_COLUMN):
        after = weights[turn + 1 : turn + 13]
        assert after[0] == AFTER_NEW_COLUMN
        assert (after > 1).all()


def test_marks_between_cells_count_as_much_as_the_gap_that_they_stand_for() -> None:
    weighed = 0
    for seed in range(12):
        page = write(write_tables, seed)
        talk = write_markdown(random.Random(5), page)
        sequencer = Sequencer(DEMO_FOLDER)
        sequenced = sequencer.sequence(talk, 256)
        weights = weigh_tokens(sequenced, page)
        for place, target in enumerate(sequenced.targets):
            if target >= 0 and sequenced.first_seen[place] < 0 and sequencer.decode([int(target)]) == " |":
                weighed += bool(weights[place] >= WIDE_GAP)

    assert weighed > 20


def test_in_running_text_next_to_all_tokens_count_the_same() -> None:
    _, weights, first = weights_of_page(write_prose, 4)

    assert (weights[first < 0] == 1).all()
    assert (weights == 1).mean() > 0.8


def test_the_first_token_of_a_page_counts_as_much_as_that_of_a_short_answer() -> None:
    _, weights, first = weights_of_page(write_prose, 4)
    # the end of the answer is learnt, too, and stands nowhere on the page
    length = int((first >= 0).sum()) + 1

    beginning = weights[np.flatnonzero(first >= 0)[0]] / np.sqrt(length)

    assert length > 10 * SHORTEST_ANSWER
    assert beginning == pytest.approx(CHOICE / np.sqrt(SHORTEST_ANSWER), rel=0.02)
