"""Photographs with words in them or under them, and surfaces that OCR likes to take for words."""

from __future__ import annotations

import random

from PIL import Image, ImageFilter

from app.demo.channels.canvas import Ink, Sheet, height_of
from app.demo.channels.photographs import filled, photograph


def captioned(words: str, photo: str, variant: int = 74) -> Sheet:
    """A meme of the newer kind: black words on a white band above the photograph."""
    ink = Ink("bold", 54, "#111111", leading=1.2)
    band = height_of(words, 880, ink) + 70
    sheet = Sheet.blank(960, band + 720, "#ffffff")
    sheet.image.paste(filled(photo, variant, 960, 720), (0, band))
    sheet.write(words, 40, 34, 880, ink)
    return sheet


def sign(words: str, photo: str, variant: int = 75, plate: str = "#1f5c3a", ink: str = "#ffffff") -> Sheet:
    """A photograph with a sign in it, seen a little from the side."""
    face = Ink("bold", 58, ink, "centre", 1.2)
    board = Sheet.blank(620, height_of(words, 560, face) + 60, plate)
    board.draw.rectangle((8, 8, 611, board.image.height - 9), outline=ink, width=4)
    board.write(words, 30, 26, 560, face)
    lot = random.Random(words)
    lean = lot.uniform(-0.05, 0.05) * board.image.height
    size = board.image.size
    quad = (0, -lean, 0, size[1] + lean, size[0], size[1], size[0], 0)
    bent = board.image.convert("RGBA").transform(size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    scene = filled(photo, variant, 1200, 860)
    place = (lot.randrange(60, 500), lot.randrange(300, 860 - size[1] - 100))
    posts = Sheet(scene).draw
    for left in (place[0] + 90, place[0] + 500):
        posts.rectangle((left, place[1] + 40, left + 22, 860), fill="#6f7275")
    scene.paste(bent.convert("RGB"), place, bent.getchannel("A"))
    return Sheet(scene.filter(ImageFilter.GaussianBlur(0.6)), board.written)


def picture(photo: str, variant: int) -> Sheet:
    """A photograph without a word."""
    return Sheet(photograph(photo, variant))


def surface(pattern: str) -> Sheet:
    """A wall, a fence or a front at night, drawn: rows of strokes without a letter. brick, fence or windows."""
    lot = random.Random(pattern)
    sheet = Sheet.blank(960, 720, {"brick": "#cfc4b5", "fence": "#9fb7c4", "windows": "#1b2230"}[pattern])
    for row in range(18):
        for column in range(26):
            _tile(sheet, pattern, row, column, lot)
    sheet.image = sheet.image.filter(ImageFilter.GaussianBlur(0.8))
    return sheet


def _tile(sheet: Sheet, pattern: str, row: int, column: int, lot: random.Random) -> None:
    shade = lot.randrange(-18, 18)
    if pattern == "brick":
        left, top = column * 74 - 40 + row % 2 * 37, row * 40
        sheet.draw.rectangle((left, top, left + 68, top + 34), fill=(150 + shade, 78 + shade, 62 + shade))
    elif pattern == "fence" and row == 0:
        left = column * 38
        sheet.draw.rectangle((left, 90 + shade, left + 26, 720), fill=(112 + shade, 84 + shade, 60 + shade))
    elif pattern == "windows" and lot.random() < 0.6:
        left, top = 30 + column * 36, 30 + row * 40
        sheet.draw.rectangle((left, top, left + 18, top + 24), fill=(226 + shade, 196 + shade, 120 + shade))
