"""What stands on a page without being text: logos, signatures, pictures, rubber stamps and lines."""

import math

from training.sheet import Sheet


def draw_logo(sheet: Sheet, x: float, y: float, size: float) -> None:
    """Draw a simple sign of a company, with its upper left corner at (x, y)."""
    rng, drawing = sheet.rng, sheet.drawing
    fill = rng.randrange(0, 190)
    match rng.randrange(4):
        case 0:
            drawing.ellipse((x, y, x + size, y + size), fill=fill)
            drawing.ellipse((x + size * 0.25, y + size * 0.25, x + size * 0.9, y + size * 0.9), fill=255)
        case 1:
            drawing.polygon(((x, y + size), (x + size / 2, y), (x + size, y + size)), fill=fill)
        case 2:
            for part in range(3):
                drawing.rectangle(
                    (x + part * size / 3, y + size * part / 4, x + part * size / 3 + size / 4, y + size),
                    fill=fill,
                )
        case _:
            drawing.rectangle((x, y, x + size, y + size), outline=fill, width=max(2, int(size / 10)))
            drawing.line((x, y + size, x + size, y), fill=fill, width=max(2, int(size / 10)))


def draw_signature(sheet: Sheet) -> None:
    """Draw the scribble of a pen in the column, and leave room for it."""
    rng, em = sheet.rng, sheet.em
    height, x = em * rng.uniform(1.5, 2.6), sheet.left + em * rng.uniform(0.0, 2.0)
    if not sheet.has_room(4):
        return
    low = sheet.y + height * 0.4
    points: list[tuple[float, float]] = []
    phase, speed = rng.random() * 6, rng.uniform(0.5, 1.2)
    for step in range(rng.randrange(20, 60)):
        wave = math.sin(phase + step * speed) * height * 0.4 * rng.uniform(0.3, 1.0)
        points.append((x + step * em * 0.13 + math.cos(step * speed) * em * 0.5, low - height * 0.4 + wave))
    sheet.drawing.line(points, fill=rng.randrange(0, 120), width=max(1, em // 12), joint="curve")
    sheet.y += height + em * 0.6


def draw_picture(sheet: Sheet) -> None:
    """Draw a grey picture or a chart in the column, and leave room for it."""
    rng, em, drawing = sheet.rng, sheet.em, sheet.drawing
    height, width = em * rng.uniform(4, 9), sheet.width * rng.uniform(0.3, 1.0)
    if sheet.y + height + em * 2 > sheet.bottom:
        return
    x, y = sheet.left + (sheet.width - width) * rng.choice((0.0, 0.5, 1.0)), sheet.y - em * 0.9
    if rng.random() < 0.5:
        drawing.rectangle(
            (x, y, x + width, y + height), fill=rng.randrange(120, 235), outline=rng.randrange(0, 120)
        )
        for _ in range(rng.randrange(2, 8)):
            left, top = x + rng.random() * width * 0.8, y + rng.random() * height * 0.8
            box = (left, top, left + width * 0.2, top + height * rng.uniform(0.05, 0.2))
            rng.choice((drawing.ellipse, drawing.rectangle))(box, fill=rng.randrange(0, 255))
    else:
        drawing.line(
            (x, y, x, y + height, x + width, y + height), fill=sheet.style.ink, width=max(1, em // 14)
        )
        bars = rng.randrange(3, 9)
        for bar in range(bars):
            left = x + width * (bar + 0.25) / bars
            top = y + height * rng.uniform(0.1, 0.9)
            drawing.rectangle((left, top, left + width / bars / 2, y + height), fill=rng.randrange(0, 220))
    sheet.y += height + em * 1.3


def draw_rubber_stamp(sheet: Sheet) -> None:
    """Draw the rings of a pale rubber stamp anywhere on the page, over text or beside it."""
    rng, em = sheet.rng, sheet.em
    width, height = sheet.size
    radius = em * rng.uniform(1.5, 3.0)
    x, y = rng.uniform(radius, width - radius), rng.uniform(radius, height - radius)
    pale = rng.randrange(150, 225)
    if rng.random() < 0.5:
        for share in (1.0, 0.82):
            part = radius * share
            sheet.drawing.ellipse(
                (x - part, y - part, x + part, y + part), outline=pale, width=max(1, em // 9)
            )
        sheet.drawing.line((x - radius * 0.6, y, x + radius * 0.6, y), fill=pale, width=max(1, em // 8))
    else:
        tilt = rng.uniform(-0.3, 0.3)
        corners = [(-1.6, -0.6), (1.6, -0.6), (1.6, 0.6), (-1.6, 0.6), (-1.6, -0.6)]
        turned = [
            (
                x + radius * (a * math.cos(tilt) - b * math.sin(tilt)),
                y + radius * (a * math.sin(tilt) + b * math.cos(tilt)),
            )
            for a, b in corners
        ]
        sheet.drawing.line(turned, fill=pale, width=max(2, em // 7))


def draw_marks(sheet: Sheet) -> None:
    """Draw the lines and signs that many pages carry at random: frames, fold marks, bars at the edge."""
    rng = sheet.rng
    width, height = sheet.size
    kind = rng.random()
    edge = int(min(sheet.style.left, sheet.style.top) * 0.35)
    if kind < 0.04 and edge > 2:
        sheet.drawing.rectangle(
            (edge, edge, width - edge, height - edge), outline=sheet.style.ink, width=rng.choice((1, 2))
        )
    elif kind < 0.08:
        for share in (1 / 3, 2 / 3):
            sheet.rule((0, height * share), (width * 0.012, height * share))
    elif kind < 0.10 and edge > 2:
        sheet.drawing.rectangle((0, 0, edge, height), fill=rng.randrange(0, 200))
    if rng.random() < 0.05:
        draw_rubber_stamp(sheet)
