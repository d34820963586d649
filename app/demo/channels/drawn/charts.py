"""Charts and figures."""

from __future__ import annotations

from app.demo.channels.canvas import Ink, Sheet, font
from app.demo.channels.drawn.palettes import PALETTES, Palette

WIDTH, HEIGHT = 1200, 800
LEFT, RIGHT, TOP, BOTTOM = 110, 1140, 190, 660


def bars(title: str, labels: list[str], values: list[float], unit: str, source: str, palette: str = "river") -> Sheet:
    """A bar chart with the value above each bar."""
    sheet, colours = _frame(title, unit, source, palette)
    step = (RIGHT - LEFT) / len(values)
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        left = round(LEFT + step * (number + 0.18))
        right = round(LEFT + step * (number + 0.82))
        top = _level(value, values)
        sheet.draw.rectangle((left, top, right, BOTTOM), fill=colours.accent)
        _centred(sheet, _plain(value), (left + right) // 2, top - 42, Ink("bold", 28, colours.ink))
        _centred(sheet, label, (left + right) // 2, BOTTOM + 12, Ink("sans", 27, colours.ink))
    return sheet


def line(title: str, labels: list[str], values: list[float], unit: str, source: str, palette: str = "brick") -> Sheet:
    """A line chart with dots; the last value is named."""
    sheet, colours = _frame(title, unit, source, palette)
    step = (RIGHT - LEFT - 60) / (len(values) - 1)
    floor = 0.8 * min(values)
    dots = [(round(LEFT + 30 + step * number), _level(value, values, floor)) for number, value in enumerate(values)]
    sheet.draw.line(dots, fill=colours.accent, width=7, joint="curve")
    for (x, y), label in zip(dots, labels, strict=True):
        sheet.draw.ellipse((x - 10, y - 10, x + 10, y + 10), fill=colours.paper, outline=colours.accent, width=5)
        _centred(sheet, label, x, BOTTOM + 12, Ink("sans", 27, colours.ink))
    _centred(sheet, _plain(values[-1]), dots[-1][0], dots[-1][1] - 56, Ink("bold", 32, colours.accent))
    return sheet


def shares(
    title: str,
    labels: list[str],
    values: list[float],
    unit: str,
    source: str,
    palette: str = "plum",
    start: float = -90,
) -> Sheet:
    """A pie with its legend. values: per cent; start: degrees from three o'clock."""
    sheet, colours = _frame(title, unit, source, palette, axes=False)
    fills = (colours.accent, colours.ink, "#d9a441", "#6d9dc5", "#8f8f8f")
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        end = start + 3.6 * value
        sheet.draw.pieslice((130, 200, 610, 680), start, end, fill=fills[number], outline=colours.paper, width=5)
        start = end
        top = 240 + number * 82
        sheet.draw.rectangle((690, top, 734, top + 44), fill=fills[number])
        sheet.write(f"{label} {_plain(value)} %", 756, top, 400, Ink("sans", 34, colours.ink))
    return sheet


def figures(title: str, numbers: list[str], source: str, palette: str = "forest") -> Sheet:
    """Large numbers with their captions. numbers: "number | words"."""
    sheet, colours = _frame(title, "", source, palette, axes=False)
    step = (RIGHT - 60) // len(numbers)
    for place, entry in enumerate(numbers):
        number, _, words = entry.partition(" | ")
        left = 60 + place * step
        sheet.draw.rounded_rectangle((left, 230, left + step - 30, 620), 26, fill=colours.soft)
        sheet.write(number, left + 10, 280, step - 50, Ink("narrow", 104, colours.accent, "centre", 1.15))
        sheet.write(words, left + 24, 430, step - 78, Ink("sans", 34, colours.ink, "centre"))
    return sheet


def _frame(title: str, unit: str, source: str, palette: str, axes: bool = True) -> tuple[Sheet, Palette]:
    colours = PALETTES[palette]
    sheet = Sheet.blank(WIDTH, HEIGHT, colours.paper)
    sheet.write(title, 60, 44, WIDTH - 120, Ink("bold", 46, colours.ink))
    if unit:
        sheet.write(unit, 60, 112, WIDTH - 120, Ink("sans", 28, colours.accent))
    if axes:
        for part in range(5):
            y = BOTTOM - (BOTTOM - TOP) * part // 4
            sheet.draw.line((LEFT - 30, y, RIGHT, y), fill=colours.soft, width=2)
    sheet.draw.line((60, HEIGHT - 74, WIDTH - 60, HEIGHT - 74), fill=colours.soft, width=3)
    sheet.write(source, 60, HEIGHT - 60, WIDTH - 120, Ink("sans", 25, colours.ink))
    return sheet, colours


def _level(value: float, values: list[float], floor: float = 0) -> int:
    """The y of a value: the floor at the bottom line, the largest value a little below the top."""
    return round(BOTTOM - (BOTTOM - TOP) * 0.92 * (value - floor) / (max(values) - floor))


def _centred(sheet: Sheet, text: str, x: int, y: int, ink: Ink) -> None:
    half = round(font(ink.face, ink.size).getlength(text) / 2) + 2
    sheet.write(text, x - half, y, 2 * half, ink)


def _plain(value: float) -> str:
    return f"{value:g}"
