"""A small PDF writer for the tests: pages with content, labels, rotation, form fields, encryption."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

A4 = (595.28, 841.89)
LETTER = (612, 792)
_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: PDF operators, size in points, and what goes into its dictionary beside them."""

    content: str = ""
    size: tuple[float, float] = LETTER
    rotate: int = 0
    extra: str = ""


@dataclass(slots=True)
class PdfWriter:
    """Collects objects, numbered from 1; 1 is the catalog, 2 the page tree, 3 the font."""

    pages: Sequence[Page]
    catalog: str = ""
    streams: Mapping[str, str] = field(default_factory=dict[str, str])
    password: str = ""
    font_map: str = ""
    info: str = ""
    objects: dict[int, bytes] = field(default_factory=dict[int, bytes])

    def write(self) -> bytes:
        """Write the file; `streams` are form XObjects that pages may draw by name."""
        first_form = 4
        forms = {name: first_form + number for number, name in enumerate(self.streams)}
        resources = "<< /Font << /F 3 0 R >> /XObject << "
        resources += " ".join(f"/{name} {number} 0 R" for name, number in forms.items()) + " >> >>"
        first_page = first_form + len(forms)
        kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(self.pages)))
        self.objects[1] = f"<< /Type /Catalog /Pages 2 0 R {self.catalog} >>".encode()
        self.objects[2] = f"<< /Type /Pages /Count {len(self.pages)} /Kids [{kids}] >>".encode()
        unicode = f"/ToUnicode {first_page + 2 * len(self.pages)} 0 R" if self.font_map else ""
        self.objects[3] = f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica {unicode} >>".encode()
        if self.font_map:
            self._add_stream(first_page + 2 * len(self.pages), "", self.font_map)
        for name, content in self.streams.items():
            head = f"/Type /XObject /Subtype /Form /BBox [0 0 2000 2000] /Resources {resources}"
            self._add_stream(forms[name], head, content)
        for number, page in enumerate(self.pages):
            index = first_page + 2 * number
            box = f"[0 0 {page.size[0]} {page.size[1]}]"
            self.objects[index] = (
                f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Rotate {page.rotate} /Resources {resources}"
                f" /Contents {index + 1} 0 R {page.extra} >>"
            ).encode()
            self._add_stream(index + 1, "", page.content)
        if self.info:
            self.objects[max(self.objects) + 1] = f"<< {self.info} >>".encode()
        return self._assemble()

    def _add_stream(self, number: int, head: str, content: str) -> None:
        data = content.encode("latin-1")
        if self.password:
            data = rc4(self._object_key(number), data)
        self.objects[number] = f"<< {head} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"

    def _assemble(self) -> bytes:
        file = bytearray(b"%PDF-1.7\n")
        offsets: dict[int, int] = {}
        for number in sorted(self.objects):
            offsets[number] = len(file)
            file += f"{number} 0 obj\n".encode() + self.objects[number] + b"\nendobj\n"
        start = len(file)
        file += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
        for number in sorted(offsets):
            file += f"{offsets[number]:010} 00000 n \n".encode()
        trailer = f"/Root 1 0 R /Size {len(offsets) + 1}"
        if self.info:
            trailer += f" /Info {max(self.objects)} 0 R"
        if self.password:
            trailer += f" /ID [<{'00' * 16}> <{'00' * 16}>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4"
            trailer += f" /O <{self._owner_entry().hex()}> /U <{rc4(self._file_key(), _PADDING).hex()}> >>"
        return bytes(file) + f"trailer\n<< {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()

    # Encryption with 40-bit RC4, PDF 1.7 section 7.6: algorithms 1 to 4.
    def _owner_entry(self) -> bytes:
        padded = _pad(self.password)
        return rc4(hashlib.md5(padded).digest()[:5], padded)

    def _file_key(self) -> bytes:
        permissions = (-4).to_bytes(4, "little", signed=True)
        return hashlib.md5(_pad(self.password) + self._owner_entry() + permissions + bytes(16)).digest()[:5]

    def _object_key(self, number: int) -> bytes:
        return hashlib.md5(self._file_key() + number.to_bytes(3, "little") + bytes(2)).digest()[:10]


def write_pdf(
    *pages: Page,
    catalog: str = "",
    streams: Mapping[str, str] | None = None,
    password: str = "",
    font_map: str = "",
    info: str = "",
) -> bytes:
    """Write a PDF of these pages; `font_map` is a CMap from the codes of the font to characters."""
    return PdfWriter(
        pages, catalog=catalog, streams=streams or {}, password=password, font_map=font_map, info=info
    ).write()


def text(line: str, *, size: int = 40, at: tuple[float, float] = (72, 600)) -> str:
    """Operators that draw a line of text."""
    return f"BT /F {size} Tf {at[0]} {at[1]} Td ({line}) Tj ET\n"


def box(left: float, bottom: float, width: float, height: float, colour: str = "0 0 0") -> str:
    """Operators that fill a rectangle."""
    return f"{colour} rg {left} {bottom} {width} {height} re f\n"


def rc4(key: bytes, data: bytes) -> bytes:
    """Encrypt with RC4."""
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _pad(password: str) -> bytes:
    return (password.encode("latin-1") + _PADDING)[:32]
