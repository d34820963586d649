"""Pages as they come from a printer: letters, articles in columns, forms that were filled in."""

from __future__ import annotations

from app.demo.channels.canvas import Face, Ink, Sheet
from app.demo.channels.photographs import filled

WIDTH, HEIGHT, MARGIN = 1000, 1414, 110  # pixels: A4 at 120 to the inch
INK, QUIET = "#1a1a1c", "#55555a"


def letter(head: str, title: str, paragraphs: list[str], signature: str, face: Face = "serif", size: int = 25) -> Sheet:
    """A letter or an order: letterhead, heading, paragraphs, signature."""
    sheet = Sheet.blank(WIDTH, HEIGHT, "#fefefe")
    inner = WIDTH - 2 * MARGIN
    y = sheet.write(head, MARGIN, 80, inner, Ink("sans", 20, QUIET, "right")) + 16
    sheet.draw.line((MARGIN, y, WIDTH - MARGIN, y), fill="#999999", width=2)
    y = sheet.write(title, MARGIN, y + 60, inner, Ink("bold", 34, INK, "centre")) + 36
    for paragraph in paragraphs:
        y = sheet.write(paragraph, MARGIN, y, inner, Ink(face, size, INK, leading=1.45)) + 18
    y = sheet.write(signature, MARGIN, y + 60, inner, Ink(face, size, INK))
    return _cropped(sheet, max(y + 140, 1000))


def article(title: str, lead: str, columns: list[str], photo: str = "", variant: int = 71) -> Sheet:
    """A page of a newspaper: a heading across, a lead, two columns, perhaps a photograph."""
    sheet = Sheet.blank(WIDTH, HEIGHT, "#f7f5ee")
    y = sheet.write(title, 70, 70, WIDTH - 140, Ink("bold", 58, INK, leading=1.1)) + 16
    y = sheet.write(lead, 70, y, WIDTH - 140, Ink("italic", 27, INK)) + 24
    if photo:
        sheet.image.paste(filled(photo, variant, WIDTH - 140, 420), (70, y))
        y += 450
    ink = Ink("serif", 27, INK, leading=1.4)
    ends = [
        sheet.write(column, 70 + number * (WIDTH // 2 - 40), y, WIDTH // 2 - 100, ink)
        for number, column in enumerate(columns)
    ]
    sheet.draw.line((WIDTH // 2 - 10, y, WIDTH // 2 - 10, max(ends)), fill="#c9c6bc", width=2)
    return _cropped(sheet, max(ends) + 70)


def _cropped(sheet: Sheet, height: int) -> Sheet:
    """The sheet cropped to its content, as people crop half an empty page before they send it."""
    return Sheet(sheet.image.crop((0, 0, sheet.image.width, min(height, sheet.image.height))), sheet.written)


def form(title: str, fields: list[str], note: str) -> Sheet:
    """A form that was filled in by machine. fields: "name | value"."""
    sheet = Sheet.blank(WIDTH, 330 + 92 * len(fields), "#fdfdfb")
    y = sheet.write(title, 80, 60, WIDTH - 160, Ink("bold", 36, INK)) + 30
    for field in fields:
        name, _, value = field.partition(" | ")
        sheet.draw.rectangle((80, y, WIDTH - 80, y + 78), outline="#8b8b8b", width=2)
        sheet.draw.line((400, y, 400, y + 78), fill="#8b8b8b", width=2)
        sheet.write(name, 98, y + 22, 290, Ink("sans", 25, QUIET))
        sheet.write(value, 424, y + 20, 470, Ink("mono", 28, INK))
        y += 92
    sheet.write(note, 80, y + 16, WIDTH - 160, Ink("sans", 22, QUIET))
    return sheet
