"""Forms for evaluation, drawn by Pillow alone in fonts that training never draws."""

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nemotron_vl_integrations.errors import InputError
from training.font_families import HELD_OUT_FAMILIES

_STYLES = ("Regular", "Book", "Roman", "Bold", "Medium")
SYSTEM_FONTS = Path("/usr/share/fonts")
TILE = (512, 512)
A4 = (1240, 1754)
_TITLES = ("Registration card", "DELIVERY SLIP", "Invoice", "Service record", "Membership form", "Claim form")
_NAMES = (
    "Ada",
    "Ben",
    "Cora",
    "Dirk",
    "Edda",
    "Finn",
    "Gwen",
    "Ines",
    "Jonas",
    "Kira",
    "Milo",
    "Nora",
    "Otto",
    "Rita",
)
_FAMILIES = (
    "Abbott",
    "Berger",
    "Crane",
    "Dorn",
    "Ellis",
    "Frost",
    "Grant",
    "Hale",
    "Iverson",
    "Keller",
    "Lowell",
)
_WORDS = (
    "amber", "birch", "cobalt", "dune", "fern", "granite", "heron", "indigo", "juniper",
    "larch", "mallow", "olive", "poplar", "sorrel", "walnut",
)  # fmt: skip


_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Form:
    """A drawn form.

    Attributes:
        image: The page.
        fields: Values by their labels.
    """

    image: Image.Image
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A label with the kind of its values, and questions after it in words that no label holds."""

    label: str
    kind: str
    questions: tuple[str, ...] = ()


KNOWN_ENTRIES = (
    Entry("Invoice No.", "code", ("invoice number?", "Could you look up the number of this invoice?")),
    Entry("Total", "money", ("total?", "How much does everything come to, the total?", "Total amount?")),
    Entry(
        "Signed by", "name", ("Who signed?", "Whose signature is on it?", "Name the person who signed this.")
    ),
    Entry("Due date", "date", ("When is it due?", "Until when can I pay, what is the due date?")),
    Entry("Customer", "name", ("Who is the customer?", "Which customer is this for?")),
    Entry("Order date", "date", ("When was it ordered?", "On what day was the order placed?")),
    Entry("Phone", "phone", ("phone number?", "At which phone number can I reach them?")),
    Entry("Email", "email", ("email?", "To which email address do I write?")),
    Entry("Quantity", "number", ("How many units are there?", "quantity?")),
    Entry("Payment method", "phrase", ("How is it paid?", "payment method?")),
    Entry("Department", "phrase", ("Which department is it?", "department?")),
    Entry("Reference", "code", ("What reference do I have to quote?", "reference number?")),
)
"""Labels that training draws, asked for in words of their own."""

NEW_ENTRIES = tuple(
    Entry(label, kind)
    for kind, labels in (
        ("code", "Membership no.|Claim ID|Container|Seal number|Batch|Microchip|Library card|Locker|Plot"),
        ("name", "Instructor|Landlord|Tenant|Pilot|Coach|Next of kin|Dentist|Insurer|Skipper|Tutor"),
        ("date", "Renewal date|Exam date|Harvested on|Last inspection|Vaccinated on|Roasted on"),
        ("money", "Premium|Excess|Tuition|Toll|Monthly fee|Bail|Reserve price"),
        ("number", "Odometer|Meter reading|Runway|Crew|Goals|Calories|Altitude"),
        ("phrase", "Course|Breed|Vessel|Warehouse|Allergies|Tariff|Port of loading|Variety|Instrument"),
        ("phone", "Emergency contact|Hotline"),
    )
    for label in labels.split("|")
)
"""Labels that training never draws."""


class FormMaker:
    """Draws forms.

    Args:
        rng: Where chance comes from.
        fonts: Font files; none means Pillow's own font.
    """

    def __init__(self, rng: random.Random, fonts: Sequence[Path]) -> None:
        self.rng = rng
        self.fonts = tuple(fonts)

    def draw(self, entries: Sequence[Entry], size: tuple[int, int] = TILE) -> Form:
        """Draw a form with these entries, one a line."""
        body = self.rng.randrange(19, 25) if size == TILE else self.rng.randrange(30, 38)
        path = self.rng.choice(self.fonts) if self.fonts else None
        return _draw_form(self.rng, entries, size, (_font(path, body), _font(path, int(body * 1.5))), body)


def _font(path: Path | None, size: int) -> _Font:
    return ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)


def _draw_form(
    rng: random.Random, entries: Sequence[Entry], size: tuple[int, int], fonts: tuple[_Font, _Font], body: int
) -> Form:
    width, height = size
    font, title = fonts
    image = Image.new("L", size, 255)
    drawing = ImageDraw.Draw(image)
    left, y = int(width * rng.uniform(0.05, 0.11)), int(height * rng.uniform(0.05, 0.09))
    drawing.text((left, y), rng.choice(_TITLES), fill=0, font=title)
    y += body * 3
    column = left + max(font.getlength(f"{entry.label}:") for entry in entries) + body
    aligned = rng.random() < 0.5
    fields: dict[str, str] = {}
    for entry in entries:
        label = f"{entry.label}:"
        fields[entry.label] = draw_value(rng, entry.kind)
        drawing.text((left, y), label, fill=0, font=font)
        x = column if aligned else left + font.getlength(f"{label} ")
        drawing.text((x, y), fields[entry.label], fill=0, font=font)
        y += int(body * 1.55)
    return Form(_print_and_scan(rng, image), fields)


def _print_and_scan(rng: random.Random, image: Image.Image) -> Image.Image:
    """Leave half of the pages clean; turn the others a little, on grey paper with noise."""
    if rng.random() < 0.5:
        return image.convert("RGB")
    turned = image.rotate(rng.uniform(-0.5, 0.5), Image.Resampling.BICUBIC, fillcolor=255)
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 5, (image.height, image.width))
    grey = np.asarray(turned, np.float32) * rng.uniform(0.88, 0.98) + noise
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")


def draw_value(rng: random.Random, kind: str) -> str:
    """A value of a kind."""

    def digits(count: int) -> str:
        return "".join(rng.choices(string.digits, k=count))

    match kind:
        case "code":
            return f"{''.join(rng.choices(string.ascii_uppercase, k=2))}-{digits(rng.randrange(4, 7))}"
        case "name":
            return f"{rng.choice(_NAMES)} {rng.choice(_FAMILIES)}"
        case "date":
            return f"{rng.randrange(2001, 2032)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        case "money":
            return f"${rng.randrange(1, 9999):,}.{digits(2)}"
        case "number":
            return str(rng.randrange(2, 99_000))
        case "phone":
            return f"+{rng.randrange(20, 60)} {digits(3)} {digits(6)}"
        case "email":
            return f"{rng.choice(_NAMES)}@{rng.choice(_WORDS)}.org".lower()
        case _:
            return " ".join(rng.sample(_WORDS, rng.randrange(1, 3))).capitalize()


def find_held_out_fonts(folder: Path = SYSTEM_FONTS) -> tuple[Path, ...]:
    """Files of the font families that are kept for evaluation.

    Raises:
        InputError: None of them is installed.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".otf"))
    files = tuple(path for path in paths if _is_held_out(path))
    if not files:
        raise InputError(
            f"None of the fonts {', '.join(HELD_OUT_FAMILIES)} is in {str(folder)!r}.",
            hint="Install some (Debian: `apt-get install fonts-inter fonts-vollkorn fonts-gentiumplus`).",
        )
    return files


def _is_held_out(path: Path) -> bool:
    try:
        family, style = ImageFont.truetype(path, 10).getname()
    except OSError:
        return False
    return family in HELD_OUT_FAMILIES and style in _STYLES
