"""What a file is, told from its first bytes and never from its name."""

from typing import Final

SNIFF_BYTES: Final = 1100
"""Bytes of a file's start that `sniff_type` looks at: a PDF's header stands within the first 1024."""

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"BM", "bmp"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%!PS", "postscript"),
    (b"{\\rtf", "rtf"),
    (b"AT&TFORM", "djvu"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
)
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"})
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_ADVICE: Final = {
    "zip": ("a ZIP file, such as .docx, .xlsx or .pptx", "Save or export it as PDF first."),
    "ole": ("an old Office file, such as .doc or .xls", "Save or export it as PDF first."),
    "rtf": ("an RTF file", "Save or export it as PDF first."),
    "postscript": ("a PostScript file", "Turn it into a PDF first, for instance with ps2pdf."),
    "djvu": ("a DjVu file", "Turn it into a PDF first, for instance with ddjvu -format=pdf."),
    "avif": ("an AVIF image", "Save it as PNG, JPEG or WebP first."),
    "jpeg2000": ("a JPEG 2000 image", "Save it as PNG, JPEG or WebP first."),
    "pdf": ("a PDF", "Read it with read_document(), or name a page: ask_image(path, question, page=1)."),
}


def sniff_type(data: bytes) -> str | None:
    """Tell the type of a file from its first bytes.

    Supported types are `png`, `jpeg`, `webp`, `tiff`, `gif`, `bmp`, `heic` and `pdf`. Some others are
    told so that an error can name them: `avif`, `jpeg2000`, `zip`, `ole`, `rtf`, `postscript`, `djvu`.

    Args:
        data: The start of the file, `SNIFF_BYTES` or more of it.

    Returns:
        The type, or None if it is unknown.

    Examples:
        >>> sniff_type(b"%PDF-1.7 ...")
        'pdf'
        >>> sniff_type(b"Dear Sir or Madam,") is None
        True
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _sniff_heif_brand(data)
    # Mail gateways and scanners put bytes before the header; PDF readers accept up to 1024.
    return "pdf" if b"%PDF-" in data[:1024] else None


def describe_type(kind: str | None, data: bytes) -> tuple[str, str]:
    """Say for a person what an unsupported file looks like, and what to do about it.

    Returns:
        A noun phrase and a hint.
    """
    if kind is not None and kind in _ADVICE:
        return _ADVICE[kind]
    if not data:
        return "empty", "Check that it was written and copied completely."
    if not data.strip(b"\x00"):
        return "nothing but zero bytes", "Check that it was written and copied completely."
    return "of an unknown type", "PDF, PNG, JPEG, WebP, TIFF, GIF, BMP and HEIC can be read."


def _sniff_heif_brand(data: bytes) -> str | None:
    length = min(int.from_bytes(data[:4], "big"), len(data), 256)
    brands = {data[8:12], *(data[start : start + 4] for start in range(16, length - 3, 4))}
    # An AVIF file may list generic HEIF brands beside its own, so its own are looked for first.
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else None
