"""The text that a PDF page holds beside what it shows."""

import unicodedata
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from nemotron_vl_integrations.page_renderer.protocol import LONGEST_TEXT_LAYER

_UNKNOWN: Final = "\ufffd"
# What PDFium puts in the place of a hyphen and the line break after it.
_HYPHEN: Final = 2


def read_text_layer(page: pdfium.PdfPage) -> str:
    """Read the text layer of a page in PDFium's reading order, invisible text included.

    A glyph that the PDF does not map to a character becomes U+FFFD, so that whoever judges the text can see it.

    Returns:
        NFC, lines joined by line feeds, cut after `LONGEST_TEXT_LAYER` characters; empty if there is none.
    """
    try:
        layer = page.get_textpage()
    except pdfium.PdfiumError:
        return ""
    try:
        count = min(layer.count_chars(), LONGEST_TEXT_LAYER)
        raw = "".join(_read_character(layer, index) for index in range(count))
    finally:
        layer.close()
    # Beyond the basic plane PDFium may give the halves of a pair.
    whole = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = unicodedata.normalize("NFC", whole.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")[:LONGEST_TEXT_LAYER]


def _read_character(layer: pdfium.PdfTextPage, index: int) -> str:
    code = pdfium_c.FPDFText_GetUnicode(layer, index)
    if code == _HYPHEN and pdfium_c.FPDFText_IsHyphen(layer, index) == 1:
        return "-\n"
    if pdfium_c.FPDFText_HasUnicodeMapError(layer, index) == 1 or not 0 < code <= 0x10FFFF:
        return _UNKNOWN
    return chr(code)
