"""Tables on a page: columns with and without rules, cells of one or two lines, sums below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.letters import Face
from training.lexicon import Label
from training.rendition import Span
from training.sheet import Piece, Sheet

Cells = list[list[Span]]
EVEN_SHARE = 0.35
"""Of tables whose columns are of one width, as word processors make them: short texts then stand far apart."""
FEW_COLUMNS_SHARE = 0.35
_Cells = Callable[[int], list[str]]


@dataclass(frozen=True, slots=True)
class _Ruling:
    """Which rules a table has.

    Attributes:
        rows: Below every row.
        head: Below the head.
        columns: Between columns.
        shaded: Whether the head has a grey ground.
        inverse: Whether the head is white on dark.
        striped: Whether every other row has a grey ground.
    """

    rows: bool
    head: bool
    columns: bool
    shaded: bool
    inverse: bool
    striped: bool


@dataclass(frozen=True, slots=True)
class _Grid:
    edges: tuple[float, ...]
    to_right: tuple[bool, ...]
    ruling: _Ruling
    pad: float
    spread: float


def draw_ruling(sheet: Sheet) -> _Ruling:
    """Draw how a table is ruled: a third not at all, a third below the head, a third as a grid."""
    rng = sheet.rng
    kind = rng.choices(("none", "head", "rows", "grid"), (34, 26, 14, 26))[0]
    return _Ruling(
        rows=kind in ("rows", "grid"),
        head=kind != "none",
        columns=kind == "grid",
        shaded=rng.random() < 0.2,
        inverse=rng.random() < 0.06,
        striped=rng.random() < 0.08,
    )


def write_table(sheet: Sheet, columns: Sequence[Label] | None = None, rows: int | None = None) -> None:
    """Write a table with a head: numbers mostly set to the right, long texts on two lines."""
    rng = sheet.rng
    grid, columns = _draw_grid(sheet, list(columns or _draw_columns(sheet)))
    top = sheet.y - sheet.em * 1.05
    face = sheet.bold() if rng.random() < 0.6 else sheet.face
    written = [_write_row(sheet, [[c.text] for c in columns], grid, face, row=0)]
    draws = [_draw_cells(sheet, column, place) for place, column in enumerate(columns)]
    for row in range(1, 1 + (rows or rng.randrange(1, 10))):
        if not sheet.has_room(2):
            break
        texts = [draw(row) for draw in draws]
        written.append(_write_row(sheet, texts, grid, sheet.face, row=row))
    bottom = sheet.y - sheet.style.pitch + sheet.em * 0.42
    if grid.ruling.rows:
        bottom -= max(0.0, sheet.em * 1.5 - sheet.style.pitch)
    bottom -= grid.spread
    if grid.ruling.columns:
        for edge in grid.edges:
            sheet.rule((edge - grid.pad, top), (edge - grid.pad, bottom))
    if grid.ruling.rows and grid.ruling.columns:
        sheet.rule((grid.edges[0] - grid.pad, top), (grid.edges[-1] - grid.pad, top))
    sheet.outline.table([row for row in written if row])
    sheet.y += sheet.style.gap + grid.pad


def _draw_columns(sheet: Sheet) -> list[Label]:
    rng, lexicon = sheet.rng, sheet.source.lexicon
    most = 3 if sheet.width < sheet.em * 20 else 5
    if rng.random() < FEW_COLUMNS_SHARE:
        return rng.sample(lexicon.columns, k=rng.randrange(2, 4))
    texts = [column for column in lexicon.columns if column.kind in ("phrase", "name")]
    others = [column for column in lexicon.columns if column.kind not in ("phrase", "name")]
    chosen = rng.sample(others, k=rng.randrange(1, most))
    place = rng.choice((0, 0, 1)) if chosen else 0
    return [*chosen[:place], rng.choice(texts), *chosen[place:]]


def _draw_grid(sheet: Sheet, columns: list[Label]) -> tuple[_Grid, list[Label]]:
    """Draw where columns stand; columns whose heads do not fit are dropped."""
    rng, em = sheet.rng, sheet.em
    pad = em * rng.uniform(0.25, 0.5)
    even = rng.random() < EVEN_SHARE
    width = sheet.width * (1.0 if even or rng.random() < 0.75 else rng.uniform(0.6, 1.0))
    least = [sheet.width_of(column.text, sheet.bold()) + 2.4 * pad + em for column in columns]
    while len(columns) > 1 and sum(least) > width:
        place = least.index(max(least))
        del columns[place], least[place]
    numbers = ("money", "number", "percent")
    flush = tuple(column.kind in numbers and rng.random() < 0.7 for column in columns)
    edges = [sheet.left]
    if even and max(least) * len(columns) <= width:
        edges += [sheet.left + width * (place + 1) / len(columns) for place in range(len(columns))]
    else:
        share = {"phrase": 2.4, "name": 1.9, "date": 1.5, "money": 1.2, "code": 1.5, "time": 1.1}
        wide = [share.get(column.kind, 0.6) * rng.uniform(0.85, 1.25) for column in columns]
        free = max(0.0, width - sum(least)) * rng.uniform(0.7, 1.0)
        for part, own in zip(wide, least, strict=True):
            edges.append(edges[-1] + own + free * part / sum(wide))
    spread = em * rng.uniform(0.0, 0.8) if rng.random() < 0.4 else 0.0
    return _Grid(tuple(edges), flush, draw_ruling(sheet), pad, spread), columns


def _draw_cells(sheet: Sheet, column: Label, place: int) -> _Cells:
    """What stands in the cells of a column: values of its kind, or the same few values again and again."""
    rng, source = sheet.rng, sheet.source
    empty = rng.uniform(0.05, 0.4) if place and rng.random() < 0.2 else 0.0
    if column.kind == "phrase" and not place and rng.random() < 0.15:
        return lambda row: [source.lexicon.months[(row - 1) % 12]]
    if column.kind in ("phrase", "time", "name") and rng.random() < 0.3:
        values = [_cell(sheet, column, row) for row in range(rng.randrange(2, 4))]
        return lambda row: [] if rng.random() < empty else rng.choice(values)
    return lambda row: [] if rng.random() < empty else _cell(sheet, column, row)


def _cell(sheet: Sheet, column: Label, row: int) -> list[str]:
    rng, source = sheet.rng, sheet.source
    match column.kind:
        case "phrase":
            text = source.item() if rng.random() < 0.6 else source.phrase()
            text = text.lower() if rng.random() < 0.1 else text
            return [text, source.words(2)] if rng.random() < 0.06 else [text]
        case "number":
            return [str(row)] if rng.random() < 0.2 else [str(rng.randrange(1, 200))]
        case "money":
            return [source.amount(rng.randrange(1, 5)) if rng.random() < 0.7 else source.money()]
        case kind:
            return [source.value(kind)]


def _write_row(sheet: Sheet, texts: Sequence[Sequence[str]], grid: _Grid, face: Face, *, row: int) -> Cells:
    """Write one row, line by line; returns the cells with the runs of text in them."""
    ruling, em = grid.ruling, sheet.em
    deep = max(1, *(len(lines) for lines in texts))
    low = sheet.y + (deep - 1) * sheet.style.pitch + em * 0.42
    light = _shade(sheet, grid, row, low)
    cells: Cells = [[] for _ in texts]
    for number in range(deep):
        pieces: list[Piece] = []
        places: list[int] = []
        for place, lines in enumerate(texts):
            text = lines[number] if number < len(lines) else ""
            fitted = sheet.cut(text, grid.edges[place + 1] - grid.edges[place] - grid.pad * 2, face)
            if fitted:
                x = grid.edges[place]
                if grid.to_right[place]:
                    x = grid.edges[place + 1] - grid.pad * 2 - sheet.width_of(fitted, face)
                pieces.append(Piece(x, fitted, face, light=light))
                places.append(place)
        if pieces:
            for place, span in zip(places, sheet.write(*pieces), strict=True):
                cells[place].append(span)
        sheet.y += sheet.style.pitch
    if ruling.rows or (ruling.head and row == 0):
        sheet.rule((grid.edges[0] - grid.pad, low), (grid.edges[-1] - grid.pad, low))
        sheet.y += max(0.0, em * 1.5 - sheet.style.pitch)
    sheet.y += grid.spread
    return cells if any(cells) else []


def _shade(sheet: Sheet, grid: _Grid, row: int, low: float) -> bool:
    """Draw the ground of a row; returns whether its letters are white."""
    ruling = grid.ruling
    box = (grid.edges[0] - grid.pad, sheet.y - sheet.em * 1.05, grid.edges[-1] - grid.pad, low)
    if row == 0 and ruling.inverse:
        sheet.drawing.rectangle(box, fill=sheet.rng.randrange(0, 100))
        return True
    if (row == 0 and ruling.shaded) or (row % 2 and ruling.striped):
        sheet.drawing.rectangle(box, fill=sheet.rng.randrange(215, 245))
    return False


def write_sums(sheet: Sheet, count: int = 3) -> None:
    """Write sums at the right edge: a label and an amount on each line, the total in bold."""
    rng, source = sheet.rng, sheet.source
    left = sheet.left + sheet.width * rng.choice((0.0, rng.uniform(0.4, 0.65)))
    lines: list[list[Span]] = []
    names = (
        list(source.lexicon.sums[:count]) if rng.random() < 0.7 else rng.sample(source.lexicon.sums, k=count)
    )
    for number, name in enumerate(names):
        if not sheet.has_room():
            break
        face = sheet.bold() if number == len(names) - 1 and rng.random() < 0.7 else sheet.face
        value = source.money() if rng.random() < 0.5 else source.amount(4)
        x = sheet.right - sheet.width_of(value, face)
        label = sheet.cut(f"{name}{':' if rng.random() < 0.5 else ''}", x - sheet.left - sheet.em, face)
        if not label:
            continue
        left = max(sheet.left, min(left, x - sheet.em - sheet.width_of(label, face)))
        if number == len(names) - 1 and rng.random() < 0.5:
            sheet.rule((left, sheet.y - sheet.em * 1.05), (sheet.right, sheet.y - sheet.em * 1.05))
        spans = sheet.write(Piece(left, label, face), Piece(x, value, face))
        sheet.name_field(name, spans[1])
        lines.append([Span(spans[0].start, spans[1].end)])
        sheet.y += sheet.style.pitch
    sheet.outline.lines(lines)
    sheet.y += sheet.style.gap
