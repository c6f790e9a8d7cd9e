"""Draws a contract of twelve pages that looks as if it was scanned, for agents that must find a page in it.

Run by hand with `.venv/bin/python -m samples.make_contract`; the same file comes out every time. All names, firms and
numbers are invented.
"""

from dataclasses import replace
from pathlib import Path

from samples.make_samples import (
    DRAWN_ON,
    FOLDER,
    Cell,
    Row,
    Rule,
    Scanner,
    Sheet,
    draw_sheet,
    scan_sheet,
    set_lines,
)

WIDTH, HEIGHT, DOTS_PER_INCH = 1100, 1700, 200
LEFT, RIGHT = 110, 990

TITLE = (
    "Lease of a Shop",
    "between Alder Street Properties",
    "as the owner",
    "and Pine Hill Bakery",
    "as the tenant",
    "for the shop at 14 Alder Street, Ashford",
)
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "1. The shop",
        (
            "The owner lets to the tenant the shop on the ground floor of",
            "the house at 14 Alder Street, with two rooms behind it and the",
            "cellar below. The yard is used by all tenants of the house.",
            "The tenant has seen the shop and takes it as it is.",
        ),
    ),
    (
        "2. Use",
        (
            "The shop is let as a bakery with a small coffee room. Any other",
            "use needs a letter from the owner. The tenant sees to it that",
            "no smoke and no noise trouble the people in the house.",
        ),
    ),
    (
        "3. Keys",
        (
            "The tenant receives six keys on the first day and gives them",
            "back on the last one. A lost key is paid by the tenant, and so",
            "is a new lock if the owner thinks that one is needed.",
        ),
    ),
    (
        "4. Repairs",
        (
            "The owner keeps the roof, the walls and the pipes in order. The",
            "tenant keeps the windows, the doors and the floor in order and",
            "tells the owner at once when something is broken.",
        ),
    ),
    (
        "5. Ovens",
        (
            "The tenant may set up two ovens in the back room. They stay the",
            "property of the tenant. A builder looks at the floor before the",
            "first oven is brought in, and the owner pays for that visit.",
        ),
    ),
    (
        "6. Insurance",
        (
            "The owner insures the house against fire and water. The tenant",
            "insures what is in the shop, and shows the owner the paper of",
            "the insurance once a year without being asked.",
        ),
    ),
    (
        "7. Visits",
        (
            "The owner may look at the shop twice a year, in the morning,",
            "after a letter one week before. Nobody enters the shop without",
            "the tenant, except when there is a fire.",
        ),
    ),
    ("8. Schedule of payments", ()),
    (
        "9. Signs",
        (
            "The tenant may put one sign over the door and one in the window.",
            "They must be made of wood or of metal. Lights in the sign are",
            "turned off at ten in the evening.",
        ),
    ),
    (
        "10. End of the lease",
        (
            "Either side may end the lease by a letter, six months before the",
            "end of a year. The tenant then empties the shop, paints the",
            "walls white and closes the holes that the ovens left.",
        ),
    ),
    (
        "11. Signatures",
        (
            "Both sides have read all pages of this lease and agree to it.",
            "For the owner: Martha Bell",
            "For the tenant: George Wood",
        ),
    ),
)
PAYMENTS = (
    ("Contract number:", "AL-2026-114"),
    ("Monthly rent:", "1,450.00"),
    ("First payment:", "July 1, 2026"),
)
"""What stands on the page that is to be found, page 9."""

_HEADING = Cell("", LEFT, "LiberationSans-Bold", 36)
_BODY = Cell("", LEFT, "LiberationSerif-Regular", 29)


def title_page() -> Sheet:
    """The first page, with the parties in its middle."""
    middle = Cell("", WIDTH // 2, "LiberationSerif-Regular", 34, "ma")
    name = replace(middle, text=TITLE[0], face="LiberationSans-Bold", size=52)
    return Sheet(WIDTH, HEIGHT, 420, (Row((name,), 120), *set_lines(TITLE[1:], middle, 70)))


def section_page(number: int, heading: str, lines: tuple[str, ...]) -> Sheet:
    """One section on a page of its own, with the number of the page above it."""
    parts = (
        Row((Cell(f"Page {number} of 12", RIGHT, "LiberationSans-Regular", 24, "ra"),), 70),
        Rule(LEFT, RIGHT, 50),
        Row((replace(_HEADING, text=heading),), 90),
        *(set_lines(lines, _BODY, 52) if lines else _payments()),
    )
    return Sheet(WIDTH, HEIGHT, 110, parts)


def _payments() -> tuple[Row, ...]:
    bold = replace(_BODY, face="LiberationSans-Bold", size=28)
    return tuple(
        Row((replace(bold, text=key), replace(_BODY, text=value, x=LEFT + 320)), 64)
        for key, value in PAYMENTS
    )


def contract() -> tuple[Sheet, ...]:
    """The twelve pages."""
    sections = (section_page(number, *section) for number, section in enumerate(SECTIONS, start=2))
    return (title_page(), *sections)


def main(path: Path = FOLDER / "contract.pdf") -> None:
    """Draw, scan and save it."""
    scans = [
        scan_sheet(draw_sheet(sheet), Scanner((-1) ** number * 0.3, 244, 0.6, 1.2, number))
        for number, sheet in enumerate(contract())
    ]
    scans[0].save(
        path, save_all=True, append_images=scans[1:], resolution=DOTS_PER_INCH, quality=45,
        creationDate=DRAWN_ON, modDate=DRAWN_ON, producer=None,
    )  # fmt: skip


if __name__ == "__main__":
    main()
