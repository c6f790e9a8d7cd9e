"""Types of the few functions of PDFium's own interface that are used here."""
# the names are PDFium's

from ctypes import Array, c_ubyte

from pypdfium2 import PdfFormEnv, PdfPage, PdfTextPage

class Bitmap: ...

FPDFBitmap_BGR: int
FPDF_ANNOT: int
FPDF_ERR_PASSWORD: int
FPDF_ERR_SECURITY: int
FPDF_REVERSE_BYTE_ORDER: int

def FPDFBitmap_CreateEx(
    width: int, height: int, format: int, first_scan: Array[c_ubyte], stride: int
) -> Bitmap: ...
def FPDFBitmap_Destroy(bitmap: Bitmap) -> None: ...
def FPDF_RenderPageBitmap(
    bitmap: Bitmap,
    page: PdfPage,
    start_x: int,
    start_y: int,
    size_x: int,
    size_y: int,
    rotate: int,
    flags: int,
) -> None: ...
def FPDF_FFLDraw(
    form: PdfFormEnv,
    bitmap: Bitmap,
    page: PdfPage,
    start_x: int,
    start_y: int,
    size_x: int,
    size_y: int,
    rotate: int,
    flags: int,
) -> None: ...
def FPDFText_GetUnicode(text_page: PdfTextPage, index: int) -> int: ...
def FPDFText_HasUnicodeMapError(text_page: PdfTextPage, index: int) -> int: ...
def FPDFText_IsHyphen(text_page: PdfTextPage, index: int) -> int: ...
