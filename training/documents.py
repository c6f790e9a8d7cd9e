"""Kinds of documents: each writes its blocks onto a sheet in the order of such a document."""

import random
from collections.abc import Callable

from training.column_blocks import write_column_sections
from training.form_blocks import (
    address_lines,
    write_block,
    write_fields,
    write_leader,
    write_pairs,
    write_stacked_fields,
)
from training.lexicon import Label
from training.ornaments import draw_logo, draw_picture, draw_signature
from training.rendition import Span
from training.sheet import Piece, Sheet
from training.table_blocks import write_sums, write_table
from training.text_blocks import (
    write_heading,
    write_line,
    write_list,
    write_listing,
    write_paragraph,
)

Document = Callable[[Sheet], None]
_Block = Callable[[Sheet], None]


def _fill(sheet: Sheet, blocks: tuple[_Block, ...], weights: tuple[float, ...]) -> None:
    """Write blocks until the column is full."""
    while sheet.has_room():
        before = sheet.y
        sheet.rng.choices(blocks, weights)[0](sheet)
        if sheet.y <= before:
            break


def write_letter(sheet: Sheet) -> None:
    """A letter: sender, recipient, date, subject, salutation, body, closing, signature."""
    rng, source, style = sheet.rng, sheet.source, sheet.style
    _write_letterhead(sheet)
    if rng.random() < 0.85:
        write_block(sheet, address_lines(sheet, company=rng.random() < 0.5))
        sheet.y += style.gap
    city = rng.choice(source.lexicon.cities)
    date = rng.choice((source.date(), f"{city}, {source.date()}"))
    spans = write_line(sheet, date, align=rng.choice(("left", "right")))
    if spans:
        sheet.name_field(source.lexicon.memo[2], spans[0])
        sheet.outline.paragraph(spans)
    sheet.y += style.gap
    if rng.random() < 0.7:
        label = f"{source.lexicon.memo[3]}: " if rng.random() < 0.4 else ""
        subject = f"{label}{source.heading()} {source.code() if rng.random() < 0.4 else ''}".strip()
        sheet.outline.paragraph(write_line(sheet, subject, sheet.bold() if rng.random() < 0.7 else None))
        sheet.y += style.gap
    greeting = rng.choice(source.lexicon.salutations).format(last=source.last_name())
    sheet.outline.paragraph(write_line(sheet, greeting))
    sheet.y += style.gap
    kept, sheet.bottom = sheet.bottom, sheet.bottom - style.pitch * 4.5
    _fill(sheet, (write_paragraph, write_list, write_fields), (8.0, 0.8, 0.3))
    sheet.bottom = kept
    _write_closing(sheet)


def _write_letterhead(sheet: Sheet) -> None:
    rng, source = sheet.rng, sheet.source
    kind = rng.random()
    if rng.random() < 0.15:
        size = sheet.em * rng.uniform(2, 3.5)
        draw_logo(sheet, rng.choice((sheet.left, sheet.right - size)), max(2, sheet.y - sheet.em), size)
        sheet.y += size + sheet.em * 0.3
    if kind < 0.35:
        lines = [*address_lines(sheet, company=True), source.phone(), source.email()]
        write_block(sheet, lines[: rng.randrange(3, 7)], "left" if rng.random() < 0.6 else "right")
    elif kind < 0.6:
        face = sheet.accent(sheet.em * rng.uniform(1.2, 1.9))
        sheet.outline.heading(1, write_line(sheet, source.company(), face, "centre"))
        small = sheet.plain(max(9, sheet.em * 0.8))
        line = rng.choice((" · ", " | ", " - ", ", ")).join((source.street(), source.city(), source.phone()))
        spans = write_line(sheet, line, small, "centre")
        sheet.outline.paragraph(spans)
        if rng.random() < 0.5:
            sheet.rule((sheet.left, sheet.y - sheet.em * 0.6), (sheet.right, sheet.y - sheet.em * 0.6))
    sheet.y += sheet.style.gap * rng.uniform(0.5, 2)


def _write_closing(sheet: Sheet) -> None:
    rng, source = sheet.rng, sheet.source
    if not sheet.has_room(2):
        return
    left = sheet.left + (sheet.width * 0.5 if rng.random() < 0.15 else 0)
    with sheet.column(left, sheet.right):
        sheet.outline.paragraph(write_line(sheet, rng.choice(source.lexicon.closings)))
        if rng.random() < 0.6:
            draw_signature(sheet)
        else:
            sheet.y += sheet.style.pitch * rng.uniform(0, 1.5)
        name = f"{rng.choice(source.lexicon.first_names)} {source.last_name()}"
        spans = write_line(sheet, name)
        if spans:
            sheet.name_field("Signed by", spans[0])
        sheet.outline.lines([spans] if spans else [])
        if rng.random() < 0.4:
            sheet.outline.lines([s] if (s := write_line(sheet, source.phrase(), sheet.italic())) else [])


def write_memo(sheet: Sheet) -> None:
    """A memo: to, from, date and subject above prose."""
    source = sheet.source
    write_heading(sheet, 1)
    to, sender, date, subject = source.lexicon.memo
    write_fields(
        sheet, [Label(to, "name"), Label(sender, "name"), Label(date, "date"), Label(subject, "phrase")]
    )
    if sheet.rng.random() < 0.7:
        sheet.rule((sheet.left, sheet.y - sheet.style.pitch), (sheet.right, sheet.y - sheet.style.pitch))
    sheet.y += sheet.em * 0.3
    _fill(sheet, (write_paragraph, write_list, write_heading), (6.0, 2.0, 0.7))


def write_minutes(sheet: Sheet) -> None:
    """Minutes of a meeting: numbered headings with prose and lists, a table of tasks."""
    rng = sheet.rng
    write_heading(sheet, 1)
    write_fields(sheet, rng.sample(sheet.source.lexicon.fields, k=rng.randrange(2, 5)))
    number = 0
    while sheet.has_room(3):
        number += 1
        before = sheet.y
        write_heading(sheet, 2, f"{number}{rng.choice(('.', '.', ')', ' –'))} {sheet.source.heading()}")  # noqa: RUF001
        for _ in range(rng.randrange(1, 3)):
            rng.choices((write_paragraph, write_list, write_table), (5, 3, 0.7))[0](sheet)
        if sheet.y <= before:
            break


def write_report(sheet: Sheet) -> None:
    """A report: headings of several levels, prose, lists, tables, pictures."""
    write_heading(sheet, 1)
    _fill(
        sheet,
        (write_paragraph, write_heading, write_list, write_table, draw_picture, write_listing),
        (8.0, 2.0, 1.2, 0.7, 0.3, 0.25),
    )


def write_prose(sheet: Sheet) -> None:
    """Dense prose, as on the page of a book."""
    if sheet.rng.random() < 0.3:
        write_heading(sheet)
    _fill(sheet, (write_paragraph, write_heading), (20.0, 0.6))


def write_form(sheet: Sheet) -> None:
    """A form."""
    if sheet.rng.random() < 0.7:
        write_heading(sheet, 1)
    _fill(
        sheet,
        (write_fields, write_stacked_fields, write_heading, write_paragraph, write_list),
        (6.0, 2.0, 1.2, 0.5, 0.3),
    )


def write_invoice(sheet: Sheet) -> None:
    """An invoice: parties, fields, a table of positions, sums, terms."""
    rng, source = sheet.rng, sheet.source
    if rng.random() < 0.2:
        draw_logo(
            sheet,
            rng.choice((sheet.left, sheet.right - sheet.em * 3)),
            max(2.0, sheet.y - sheet.em),
            sheet.em * 2.6,
        )
        sheet.y += sheet.em * 2.8
    write_heading(sheet, 1, source.lexicon.headings[0] if rng.random() < 0.6 else None)
    if rng.random() < 0.5:
        write_pairs(sheet, address_lines(sheet, company=True), address_lines(sheet, company=True))
    else:
        write_block(sheet, address_lines(sheet, company=True))
        sheet.y += sheet.style.gap
    if rng.random() < 0.8:
        kinds = ("date", "code", "money", "name", "company")
        write_fields(
            sheet, rng.sample([f for f in source.lexicon.fields if f.kind in kinds], k=rng.randrange(2, 6))
        )
    by_kind = {
        kind: [c for c in source.lexicon.columns if c.kind == kind]
        for kind in ("phrase", "number", "money", "code")
    }
    middle = [rng.choice(by_kind["number"]), rng.choice(by_kind["money"])]
    columns = [rng.choice(by_kind["phrase"]), *middle, rng.choice(by_kind["money"])]
    if rng.random() < 0.4 and sheet.width > sheet.em * 26:
        columns.insert(rng.choice((0, 1)), rng.choice(by_kind["code"]))
    write_table(sheet, columns, rng.randrange(2, 14))
    write_sums(sheet, rng.randrange(2, 5))
    if sheet.has_room(2) and rng.random() < 0.7:
        write_paragraph(sheet, rng.randrange(1, 4))
    if sheet.has_room(3) and rng.random() < 0.4:
        write_fields(sheet, [Label("IBAN", "iban"), *rng.sample(source.lexicon.fields, k=2)])


def write_receipt(sheet: Sheet) -> None:
    """A receipt: a narrow strip with a shop's name, items with prices, sums, thanks."""
    rng, source = sheet.rng, sheet.source
    width = min(sheet.width, sheet.em * rng.uniform(15, 24))
    left = sheet.left + (sheet.width - width) * rng.choice((0.0, 0.5, 0.5))
    with sheet.column(left, left + width):
        write_block(
            sheet, [source.company(), source.street(), source.city()][: rng.randrange(1, 4)], "centre"
        )
        date = f"{source.date()} {source.time()}"
        write_block(
            sheet,
            [rng.choice((date, source.code(), f"{source.code()} {source.time()}")), date][
                : rng.randrange(1, 3)
            ],
        )
        _write_separator(sheet)
        lines: list[list[Span]] = []
        for _ in range(rng.randrange(2, 16)):
            if not sheet.has_room(3):
                break
            lines += _write_price(sheet)
        sheet.outline.lines(lines)
        _write_separator(sheet)
        with sheet.column(left, left + width):
            write_sums(sheet, rng.randrange(1, 5))
        if sheet.has_room():
            write_block(sheet, [rng.choice(source.lexicon.thanks)], "centre")
    if rng.random() < 0.3:
        sheet.rule((left - sheet.em * 0.6, 0), (left - sheet.em * 0.6, sheet.size[1]))
        sheet.rule((left + width + sheet.em * 0.6, 0), (left + width + sheet.em * 0.6, sheet.size[1]))


def _write_separator(sheet: Sheet) -> None:
    rng = sheet.rng
    if rng.random() < 0.6:
        step = rng.choice((0, 0, 4, 8))
        y = sheet.y - sheet.em * 0.4
        if not step:
            sheet.rule((sheet.left, y), (sheet.right, y))
        for start in range(int(sheet.left), int(sheet.right), step * 2) if step else ():
            sheet.rule((start, y), (start + step, y))
        sheet.y += sheet.style.pitch * 0.6


def _write_price(sheet: Sheet) -> list[list[Span]]:
    rng, source = sheet.rng, sheet.source
    count = rng.choice(("", "", f"{rng.randrange(1, 9)} x ", f"{rng.randrange(1, 9)} "))
    price = source.amount(rng.randrange(1, 3)) + rng.choice(("", "", "", " A", " B", " €"))
    item = source.item().upper() if rng.random() < 0.2 else source.item()
    x = sheet.right - sheet.width_of(price)
    text = sheet.cut(f"{count}{item}", x - sheet.left - sheet.em * 0.5)
    if not text:
        return []
    if rng.random() < 0.05:
        write_leader(sheet, sheet.left + sheet.width_of(text), x)
    spans = sheet.write(Piece(sheet.left, text, sheet.face), Piece(x, price, sheet.face))
    sheet.y += sheet.style.pitch
    return [[Span(spans[0].start, spans[1].end)]]


def write_contents(sheet: Sheet) -> None:
    """A table of contents: headings with dots or gaps up to page numbers."""
    rng = sheet.rng
    write_heading(sheet, 1)
    lines: list[list[Span]] = []
    page, dotted = 1, rng.random() < 0.7
    while sheet.has_room():
        page += rng.randrange(0, 9)
        mark = f"{rng.randrange(1, 9)}.{rng.randrange(1, 9)} " if rng.random() < 0.5 else ""
        x = sheet.right - sheet.width_of(str(page))
        left = sheet.left + rng.choice((0, 0, 1.5)) * sheet.em
        text = sheet.cut(f"{mark}{sheet.source.heading()}", x - left - sheet.em * 2)
        if not text:
            break
        if dotted:
            write_leader(sheet, left + sheet.width_of(text), x)
        spans = sheet.write(Piece(left, text, sheet.face), Piece(x, str(page), sheet.face))
        lines.append([Span(spans[0].start, spans[1].end)])
        sheet.y += sheet.style.pitch
        if rng.random() < 0.04:
            break
    sheet.outline.lines(lines)


def write_columns(sheet: Sheet) -> None:
    """Columns of prose below a common heading; they are read one after the other."""
    if sheet.rng.random() < 0.7:
        write_heading(sheet, 1)
    if sheet.rng.random() < 0.3 and sheet.has_room(4):
        write_paragraph(sheet, sheet.rng.randrange(1, 4))
    write_column_sections(sheet)


def write_tables(sheet: Sheet) -> None:
    """A page of tables, with a heading and some prose around them."""
    write_heading(sheet, 1)
    _fill(sheet, (write_table, write_paragraph, write_heading), (5.0, 2.5, 1.0))


def write_mixture(sheet: Sheet) -> None:
    """Blocks of all kinds in any order."""
    _fill(
        sheet,
        (
            write_paragraph,
            write_heading,
            write_fields,
            write_table,
            write_list,
            write_listing,
            write_contents_lines,
        ),
        (3.0, 1.2, 2.0, 1.2, 1.6, 0.4, 0.3),
    )


def write_contents_lines(sheet: Sheet) -> None:
    """Lines of single values of any kind."""
    lines = [sheet.source.anything() for _ in range(sheet.rng.randrange(1, 5))]
    write_block(sheet, lines, sheet.rng.choice(("left", "left", "right", "centre")))
    sheet.y += sheet.style.gap


def write_values(sheet: Sheet) -> None:
    """Lines of codes, names, addresses and words in any mixture, which no word before them foretells."""
    rng, source = sheet.rng, sheet.source
    kinds = (
        source.code,
        source.code,
        source.name,
        source.email,
        source.phone,
        source.word,
        source.money,
        source.web,
    )
    if rng.random() < 0.4:
        write_heading(sheet, 1)
    mark = rng.choice(("  ", " ", ", ", " / ", "; "))
    while sheet.has_room():
        before = sheet.y
        chosen = rng.sample(kinds, k=rng.randrange(1, 4))
        lines = [mark.join(draw() for draw in chosen) for _ in range(rng.randrange(1, 7))]
        write_block(
            sheet, [" ".join(line.split()) for line in lines], rng.choice(("left", "left", "left", "right"))
        )
        sheet.y += sheet.style.gap
        if sheet.y <= before:
            break


DOCUMENTS: tuple[tuple[str, float, Document], ...] = (
    ("letter", 14, write_letter),
    ("prose", 13, write_prose),
    ("report", 15, write_report),
    ("memo", 8, write_memo),
    ("minutes", 7, write_minutes),
    ("form", 12, write_form),
    ("invoice", 10, write_invoice),
    ("receipt", 6, write_receipt),
    ("columns", 24, write_columns),
    ("tables", 9, write_tables),
    ("contents", 2, write_contents),
    ("mixture", 9, write_mixture),
    ("values", 6, write_values),
)


def pick_document(rng: random.Random) -> tuple[str, Document]:
    """Draw a kind of document."""
    name, _, write = rng.choices(DOCUMENTS, [share for _, share, _ in DOCUMENTS])[0]
    return name, write
