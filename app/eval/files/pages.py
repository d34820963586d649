"""Pictures of text: a page of paper, a screen, a long screenshot, letters on transparency."""

from __future__ import annotations

from PIL import Image, ImageChops

from app.demo.channels.canvas import Ink, Sheet
from app.eval.files.texts import Text

PAPER = (1240, 1754)  # pixels: A4 at 150 to the inch
SCREEN = (1080, 1350)


def paper(text: Text) -> Image.Image:
    """A printed page."""
    sheet = Sheet.blank(*PAPER, "#fdfdfc")
    _column(sheet, text, 120, Ink("serif", 34, leading=1.5))
    return sheet.image


def screen(text: Text, height: int = SCREEN[1], size: int = 36) -> Image.Image:
    """A screen of a telephone, of any height."""
    sheet = Sheet.blank(SCREEN[0], height, "#ffffff")
    _column(sheet, text, 60, Ink("sans", size, leading=1.3))
    return sheet.image


def long_screen(text: Text, height: int) -> Image.Image:
    """A screenshot that an application scrolled through: lines all the way down. The text must have as many."""
    return screen(text, height)


def on_transparency(text: Text, letters: str, hidden: tuple[int, int, int, int]) -> Image.Image:
    """Letters of one colour on a transparent ground, whose pixels have another colour that no viewer shows."""
    ink = ImageChops.invert(screen(text, size=44).convert("L"))
    picture = Image.new("RGBA", ink.size, hidden)
    picture.paste(Image.new("RGBA", ink.size, letters), mask=ink)
    picture.putalpha(ink)
    return picture


def _column(sheet: Sheet, text: Text, margin: int, ink: Ink) -> None:
    width = sheet.image.width - 2 * margin
    y = sheet.write(text.title, margin, margin, width, Ink("bold", ink.size + 12)) + 20
    for line in text.lines:
        y = sheet.write(line, margin, y, width, ink) + 12
