"""Which texts of a page are refused, and which are not, however odd they look."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemotron_vl_integrations.messages import FinishReason
from nemotron_vl_integrations.page_checks.page_quality import Defect, TextMode, explain_defect, judge_text

GERMAN = "Sehr geehrte Frau Müller, vielen Dank für Ihr Schreiben vom 4. Mai über die Größe der Räume. "
BASE64 = base64.b64encode(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(40))).decode()

GOOD = {
    "german": GERMAN * 3,
    "chinese": "请在收到货物后三十天内付款。如有任何问题,请与我们联系。使用GPU进行计算需要CUDA驱动程序。" * 3,
    "chinese in one line": "根据中华人民共和国合同法的规定甲乙双方经协商一致签订本合同" * 9,
    "japanese": "請求書の支払期限は三月三十一日です。COVID-19の影響でメールアドレスをご確認ください。" * 3,
    "korean": "이 계약서는 두 부로 작성되며 SQL은 데이터베이스 언어입니다. 漢字도 섞어 쓸 수 있다. " * 3,
    "russian": "Договор поставки № 17 от 4 мая 2024 г. Сумма к оплате: 1 200,00 руб. ГОСТ Р ИСО 9001. " * 3,  # noqa: RUF001
    "russian and english": "Компания Microsoft выпустила Windows 11 для IT-специалистов, e-mail: info@firma.ru. "
    * 3,
    "arabic figures": "١٢٣٤٥ ٦٧٨٩ المبلغ الإجمالي ٤٥٦ ريال " * 5,
    "devanagari": "कृपया तीस दिनों के भीतर भुगतान करें। " * 5,
    "thai": "กรุณาชำระเงินภายในสามสิบวันหลังจากได้รับสินค้า" * 8,
    "code": "for (i = 0; i < n; i++) {\n    x[i] = f(&y[i]) ? a : b;\n}\n#define MAX(a,b) ((a)>(b)?(a):(b))\n"
    * 4,
    "figures": "\n".join(f"{n:>8.2f} | {n * 7 % 91:>6} | {n / 3:.4f}" for n in range(60)),
    "negative figures": "\n".join(f"-{n}.{n % 10} +{n} ({n})" for n in range(80)),
    "formulas": r"$$\sum_{i=1}^{n} \frac{x_i^2}{\sigma^2} \leq \alpha \quad \forall x \in \mathbb{R}$$" * 4,
    "symbols of mathematics": "∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−f(a)|<ε, Δt=5 μs, 3 μm, Ωm " * 4,  # noqa: RUF001
    "chemistry": "2,4,6-Trimethylcyclohexylmethylphenylpropanoate; Dichlordiphenyltrichlorethan; C₆H₁₂O₆\n"
    * 4,
    "long german words": "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz und Donaudampfschifffahrt "
    * 3,
    "address": "https://www.example.org/a/very/long/path/with/many/parts/and-a-name-of-a-page?query=yes#end\n"
    * 3,
    "base64": "\n".join(BASE64[at : at + 76] for at in range(0, len(BASE64), 76)),
    "genes": "\n".join("ACGTTGCAATGCCGTA"[n % 9 :] * 5 for n in range(12)),
    "contents": "\n".join(f"{n}. Chapter {'.' * 60} {n * 9}" for n in range(30)),
    "boxes": "☐ yes ☐ no ☒ perhaps\n" * 9,
    "vietnamese": "Cộng hòa xã hội chủ nghĩa Việt Nam, độc lập, tự do, hạnh phúc. " * 4,
    "portuguese": "NÃO há informação: são três opções. À vista, você paga R$ 9,00. " * 4,
    "french": "« À Noël, l'œuvre coûte 5 € », dit-elle. Où ça ? Là-bas, bien sûr. " * 4,
    "page number": "12",
    "check mark": "✓",
    "one stray character": GERMAN * 3 + "\ufffd",
    "empty table": "| | | |\n|---|---|---|\n" + "| | | |\n" * 20,
}

GARBLED = {
    "replacement characters": "Re\ufffd: y\ufffdur l\ufffdtter of the f\ufffdurth",
    "private use": "".join(chr(0xF000 + ord(letter)) for letter in GERMAN),
    "control characters": "a\x01b\x02c\x03 the\x04 end\x05" * 5,
    "mojibake": GERMAN.encode().decode("cp1252", "replace") * 3,
    "russian mojibake": "Договор поставки и сумма к оплате".encode().decode("latin-1") * 3,
    "glyph numbers": "(cid:12)(cid:34)(cid:7) (cid:90)(cid:3)(cid:55)" * 3,
    "no spaces": "thankyouforyourletterofthefourthofmaywhichreachedusthismorningandwhichweshallanswer" * 4,
    "signs": "}{~^ |<> ;:!? #@% &*( )_+ \\/ {}[] ~~ ^^ <<>> ;;; ??!! @@## %%^^ &&** (()) __++" * 2,
    "letters of two alphabets": "дoгoвop пocтaвки cyммa oплaтa cчёт тoвap" * 3,  # noqa: RUF001
    "korean with kana": "한국の글 문서ですの 계약のの서 금액カ합계 번호ン입니다 " * 4,
}


def judge(
    text: str, mode: TextMode = "text", finish: FinishReason = "stop", inked: bool = True
) -> Defect | None:
    return judge_text(text, mode=mode, finish_reason=finish, inked=inked)


def kind(text: str, mode: TextMode = "text", finish: FinishReason = "stop", inked: bool = True) -> str:
    defect = judge(text, mode, finish, inked)
    return "" if defect is None else defect.kind


@pytest.mark.parametrize("name", GOOD)
def test_a_text_of_any_living_script_or_trade_is_accepted(name: str) -> None:
    assert judge(GOOD[name]) is None


@pytest.mark.parametrize("name", GARBLED)
def test_a_garbled_text_is_found_and_explained_in_one_sentence(name: str) -> None:
    defect = judge(GARBLED[name])

    assert defect is not None
    assert defect.kind == "garbled"
    sentence = explain_defect(defect)
    assert sentence.startswith("The text is garbled: ")
    assert sentence.endswith(".")
    assert len(sentence) < 200


def test_a_loop_is_found_before_the_cut_that_ended_it() -> None:
    loop = "We regret the delay.\n" * 200

    assert kind(loop, finish="length") == "loop"
    assert kind("We regret the delay.\n" * 3, finish="repetition") == "loop"
    assert kind("We regret the delay.\n" * 3, finish="length") == "truncated"
    assert "of 4,200 characters repeat" in explain_defect(judge(loop) or Defect("empty", ""))


def test_no_text_is_a_defect_only_where_there_is_ink() -> None:
    assert kind(" \n\t", inked=True) == "empty"
    assert kind(" \n\t", inked=False) == ""


def test_a_request_that_was_aborted_did_not_read_the_whole_page() -> None:
    assert kind("Dear Ms Hale,", finish="abort") == "truncated"


EVEN_TABLES = {
    "plain": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
    "without outer pipes": "a | b\n--- | ---\n1 | 2\n3 | 4",
    "escaped pipe": "| a | b |\n|---|---|\n| 1 \\| 2 | 3 |",
    "escaped backslash": "| a | b |\n|---|---|\n| 1 \\\\| 3 |",
    "code": "| a | b |\n|---|---|\n| `x | y` | 3 |\n| ``a ` | b`` | 4 |",
    "alignment": "| a | b |\n|:--|--:|\n| 1 | 2 |",
    "empty cells": "| a | b | c |\n|---|---|---|\n|  |  |  |\n| 1 | | 3 |",
    "text after it": "| a | b |\n|---|---|\n| 1 | 2 |\nAll | sums | in | euros.\n".replace(
        "\nAll", "\n\nAll"
    ),
    "two tables": "| a |\n|---|\n| 1 |\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "fence": "```\n| a | b |\n|---|---|\n| 1 |\n```",
    "html": "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
    "html spans": "<table><tr><td rowspan='2'>1</td><td colspan=2>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
    "html unclosed cells": "<TABLE><TR><TD>1<TD>2<TR><TD>3<TD>4</TABLE>",
    "html nested": (
        "<table><tr><td><table><tr><td>x</td></tr><tr><td>y</td></tr></table></td><td>2</td></tr>"
        "<tr><td>1</td><td>2</td></tr></table>"
    ),
    "span that is no number": "<table><tr><td colspan='x'>1</td></tr><tr><td>2</td></tr></table>",
}

UNEVEN_TABLES = {
    "cell too many": "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 | 5 |",
    "cell too few": "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n| 3 | 4 |",
    "divider of another width": "| a | b |\n|---|---|---|\n| 1 | 2 |",
    "second table": "| a |\n|---|\n| 1 |\n\n| a | b |\n|---|---|\n| 1 | 2 | 3 |\n| 1 | 2 |",
    "html": "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
    "html row span too short": (
        "<table><tr><td rowspan=2>1</td><td>2</td></tr><tr><td>3</td></tr><tr><td>4</td></tr></table>"
    ),
    "html row span too long": "<table><tr><td rowspan=3>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
    "html column span": "<table><tr><td colspan=3>1</td></tr><tr><td>2</td><td>3</td></tr></table>",
}


@pytest.mark.parametrize("name", EVEN_TABLES)
def test_a_table_whose_rows_fit_is_accepted(name: str) -> None:
    assert judge(EVEN_TABLES[name], "markdown") is None


@pytest.mark.parametrize("name", UNEVEN_TABLES)
def test_a_table_whose_rows_do_not_fit_is_found_where_tables_were_asked_for(name: str) -> None:
    assert kind(UNEVEN_TABLES[name], "markdown") == "uneven_table"
    assert kind(UNEVEN_TABLES[name], "tables") == "uneven_table"
    assert kind(UNEVEN_TABLES[name], "text") == ""


def test_the_row_that_does_not_fit_is_named() -> None:
    defect = judge(UNEVEN_TABLES["second table"], "markdown")

    assert defect is not None
    assert explain_defect(defect) == (
        "A table does not add up: row 2 of table 2 has 3 cells where 2 are expected."
    )


@given(st.integers(1, 6), st.integers(1, 8), st.data())
def test_a_table_of_any_size_with_any_cells_is_even_until_a_cell_is_taken_out(
    columns: int, rows: int, data: st.DataObject
) -> None:
    cell = st.sampled_from(["1", "", "a b", "x \\| y", "`p | q`", "-", "0.00"])
    body = data.draw(
        st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
    table = [["h"] * columns, ["---"] * columns, *body]
    text = "\n".join("| " + " | ".join(row) + " |" for row in table)

    assert kind(text, "markdown") == ""
    longer = text + "\n| " + " | ".join(["9"] * (columns + 1)) + " |"
    assert kind(longer, "markdown") == "uneven_table"


HOSTILE = [
    "<table>" * 3000,
    "<table><tr>" + "<td colspan=999999999 rowspan=99999999>" * 5000,
    "<td rowspan=2>" * 5000,
    "|" * 50_000,
    ("|" * 200 + "\n") * 200,
    "`" * 20_000 + "|",
    "| a |\n|---|\n| `" + "`|" * 5000,
    "\\" * 30_000 + "|",
    "<" * 30_000,
    "<!--" * 5000,
    "&#" * 20_000,
    "<![CDATA[" * 100,
    "\ud800" * 100,
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.timeout(10)
def test_hostile_markup_is_judged_in_a_moment(number: int) -> None:
    judge("<table>" + HOSTILE[number] + "x", "markdown")


@given(
    st.text(alphabet=st.characters(), max_size=300)
    | st.text(alphabet="<table>trd/ colspan=\"'2|-\\`\n&;!", max_size=300),
    st.sampled_from(["text", "markdown", "tables", "json"]),
    st.sampled_from(["stop", "length", "repetition", "abort"]),
    st.booleans(),
)
def test_any_text_is_judged_without_a_fault(
    text: str, mode: TextMode, finish: FinishReason, inked: bool
) -> None:
    defect = judge(text, mode, finish, inked)

    assert defect is None or explain_defect(defect).endswith(".")
