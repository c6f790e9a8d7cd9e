"""The text that a PDF holds: how it arrives with the page, and when it is trusted."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nemotron_vl_integrations.page_checks.text_layer import judge_text_layer
from nemotron_vl_integrations.page_renderer.protocol import (
    LONGEST_TEXT_LAYER,
    ProtocolError,
    Rendered,
    read_reply,
    write_line,
)
from nemotron_vl_integrations.pages import PageImage, aiter_page_images
from tests.pdf_writer import Page, text, write_pdf

LETTER = (
    "Dear Ms Hale,\nthank you for your letter of the fourth of May.\nWe shall answer within two weeks, "
    "and hope that\nthe rooms are ready by then.\nYours sincerely,\nA. Stone"
)


def shown(lines: str) -> Page:
    content = [text(line, size=12, at=(72, 700 - 20 * row)) for row, line in enumerate(lines.split("\n"))]
    return Page(content="".join(content))


def write_with_map(page: Page, characters: Mapping[str, str]) -> bytes:
    """A PDF whose font says that its codes mean these characters."""
    pairs = [
        f"<{ord(code):02x}> <{character.encode('utf-16-be').hex()}>" for code, character in characters.items()
    ]
    return write_pdf(
        page,
        font_map="/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(pairs)} beginbfchar\n{chr(10).join(pairs)}\nendbfchar\nendcmap end end",
    )


def layer_of(pdf: bytes, *, asked: bool = True) -> str:
    async def first() -> str:
        async for page in aiter_page_images(pdf, text_layer=asked):
            assert isinstance(page, PageImage), page
            return page.text_layer
        raise AssertionError("no page")

    return asyncio.run(first())


def test_the_text_of_a_page_comes_in_lines_in_reading_order() -> None:
    assert layer_of(write_pdf(shown(LETTER))) == LETTER
    assert judge_text_layer(LETTER)


def test_it_is_empty_unless_it_is_asked_for_and_for_a_page_without_text() -> None:
    assert layer_of(write_pdf(shown(LETTER)), asked=False) == ""
    assert layer_of(write_pdf(Page())) == ""


def test_a_picture_has_none() -> None:
    async def first() -> str:
        pages = [page async for page in aiter_page_images(Image.new("RGB", (99, 99)), text_layer=True)]
        assert isinstance(pages[0], PageImage)
        return pages[0].text_layer

    assert asyncio.run(first()) == ""


def test_invisible_text_over_a_scan_is_found() -> None:
    page = shown(LETTER)

    assert layer_of(write_pdf(replace(page, content="3 Tr " + page.content))) == LETTER


def test_a_word_that_is_parted_at_the_end_of_a_line_keeps_its_hyphen_and_its_lines() -> None:
    assert layer_of(write_pdf(shown("a long ex-\nample of text"))) == "a long ex-\nample of text"


def test_text_arrives_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "é")

    layer = layer_of(write_with_map(shown("caf#"), {"c": "c", "a": "a", "f": "f", "#": decomposed}))

    assert layer == "café"


def test_a_font_with_a_wrong_map_gives_text_that_is_not_trusted() -> None:
    shifted = {letter: chr(ord(letter) + 1) for letter in map(chr, range(97, 122))}
    private = {code: chr(0xE000 + ord(code)) for code in map(chr, range(33, 127))}
    cyrillic = {letter: chr(0x430 + ord(letter) % 32) for letter in "aeiou"}

    assert "frequent" in judge_text_layer(layer_of(write_with_map(shown(LETTER), shifted))).reason
    assert "no character" in judge_text_layer(layer_of(write_with_map(shown(LETTER), private))).reason
    assert "mix" in judge_text_layer(layer_of(write_with_map(shown(LETTER), cyrillic))).reason


def test_codes_that_the_font_does_not_map_are_replacement_characters() -> None:
    layer = layer_of(write_pdf(shown(r"\200\201\202 and \203\204 words of a page that mean nothing at all")))

    assert layer.count("\ufffd") == 5
    assert not judge_text_layer(layer)


def test_a_layer_is_cut_at_its_limit_and_a_longer_one_is_refused_as_nonsense() -> None:
    line = "x" * 2000
    many = Page(content="".join(text(line, size=1, at=(10, 790 - 10 * row)) for row in range(60)))

    assert 0.99 * LONGEST_TEXT_LAYER < len(layer_of(write_pdf(many))) <= LONGEST_TEXT_LAYER

    reply = {"columns": 1, "rows": 1, "text_layer": "x" * LONGEST_TEXT_LAYER}
    assert read_reply(write_line(reply)) == Rendered(1, 1, "x" * LONGEST_TEXT_LAYER)
    with pytest.raises(ProtocolError):
        read_reply(write_line({**reply, "text_layer": "x" * (LONGEST_TEXT_LAYER + 1)}))


TRUSTED = {
    "letter": LETTER,
    "german": "Sehr geehrte Frau Müller, vielen Dank für Ihr Schreiben vom 4. Mai über die Größe der Räume. "
    * 3,
    "polish": "Szanowni Państwo, dziękujemy za przesłanie dokumentów w sprawie umowy najmu lokalu. " * 3,
    "finnish": "Kiitämme kirjeestänne ja vastaamme siihen kahden viikon kuluessa, kuten sovittiin. " * 3,
    "hungarian": "Tisztelt Asszonyom, köszönjük levelét, amelyre két héten belül válaszolunk Önnek. " * 3,
    "russian": "Договор поставки № 17 от 4 мая. Сумма к оплате: 1 200,00 руб. Подпись директора. " * 3,  # noqa: RUF001
    "chinese": "请在收到货物后三十天内付款。如有任何问题,请与我们联系。使用GPU进行计算。" * 4,
    "japanese": "請求書の支払期限は三月三十一日です。メールアドレスをご確認ください。" * 4,
    "korean": "이 계약서는 두 부로 작성되며 각각 한 부씩 보관한다. 금액 합계 담당자. " * 4,
    "figures": "\n".join(f"{n} {n * 7.5:.2f} {n * 91 % 1000}" for n in range(40)),
    "symbol bullets": "\uf0b7 first point of the list\n\uf0b7 second point of the list\n" + LETTER * 2,
    "soft hyphens": LETTER.replace("sincere", "sin\u00adcere") * 2,
    "addresses": "Write to info@example.org or see https://a1b2c3.example.org/x9y8z7?q=w2e3 for all the rest. "
    * 3,
}

NOT_TRUSTED = {
    "stamp": "Page 3 of 12",
    "private use": "".join(chr(0xF000 + ord(letter)) for letter in LETTER),
    "glyph numbers": "(cid:12)(cid:34)(cid:7) (cid:90)(cid:3)(cid:55) " * 9,
    "control characters": LETTER.replace("e", "\x05"),
    "some replacement characters": LETTER.replace("y", "\ufffd"),
    "spaced letters": " ".join(LETTER.replace(" ", "")),
    "no spaces": LETTER.replace(" ", "").replace("\n", "").replace(",", ""),
    "next letters": "".join(chr(ord(c) + 1) if c.isalpha() else c for c in LETTER),
    "bad recognition": "Tl1e qu|ck br0wn f0x jvmps 0ver tl1e 1azy d0g wl1ile th~y w3re s1eep|ng 1n th3 sh~de "
    * 4,
    "four scripts": "wörter слова λέξεις कमल " * 9,
    "loop": "We regret the delay.\n" * 200,
}


@pytest.mark.parametrize("name", TRUSTED)
def test_a_layer_of_real_text_is_trusted(name: str) -> None:
    verdict = judge_text_layer(TRUSTED[name])

    assert verdict.trusted, verdict.reason


@pytest.mark.parametrize("name", NOT_TRUSTED)
def test_a_bad_layer_is_not_trusted_and_the_reason_is_said(name: str) -> None:
    verdict = judge_text_layer(NOT_TRUSTED[name])

    assert not verdict.trusted
    assert 0 < len(verdict.reason) < 200


def test_text_on_a_page_without_ink_is_not_trusted_and_no_text_is() -> None:
    assert not judge_text_layer(LETTER, inked=False)
    assert judge_text_layer(" \n", inked=False)


@given(st.text(alphabet=st.characters(), max_size=500), st.booleans())
def test_any_layer_is_judged_without_a_fault(layer: str, inked: bool) -> None:
    verdict = judge_text_layer(layer, inked=inked)

    assert verdict.trusted == (verdict.reason == "")


@pytest.mark.timeout(10)
def test_a_layer_of_one_endless_word_is_judged_in_a_moment() -> None:
    for piece in ("a|`b", "(cid:", "a@", "x1"):
        judge_text_layer(piece * (LONGEST_TEXT_LAYER // len(piece)))
