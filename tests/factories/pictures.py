"""Drawn pictures, most of them with text in them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import app.demo

DEMO = Path(app.demo.__file__).parent
PHOTOS = DEMO / "channels" / "photos"

RUSSIAN = """Совет депутатов утвердил бюджет города на 2026 год.
Расходы на образование вырастут на 12 процентов,
на транспорт пойдёт 3,4 миллиарда рублей.
Жители смогут обсудить проект до 15 ноября,
предложения принимаются по адресу приёмной
и на сайте администрации."""
ENGLISH = """The committee approved the city budget for 2026.
Spending on education will grow by 12 percent,
and transport receives 3.4 billion roubles.
Residents may discuss the draft until November 15,
proposals are accepted at the public office
and on the web site."""
UKRAINIAN = """Міська рада ухвалила бюджет на 2026 рік.
Видатки на освіту зростуть на 12 відсотків,
на транспорт піде 3,4 мільярда гривень.
Мешканці зможуть обговорити проєкт до 15 листопада,
пропозиції приймають за адресою приймальні
й на сайті її адміністрації."""
CHAT = (
    "Привет! Ты видел новости?",
    "Да, мост открыли раньше срока",
    "Поедем посмотреть в субботу?",
    "Отличная идея, встречаемся в 10:00",
    "Возьми с собой фотоаппарат",
)


def font(size: int, name: str = "PTSans-Regular") -> ImageFont.FreeTypeFont:
    """One of the demo's fonts, at `size` pixels."""
    return ImageFont.truetype(str(DEMO / "fonts" / f"{name}.ttf"), size)


def page(
    text: str, *, size: tuple[int, int] = (1240, 700), height: int = 36, face: str = "PTSerif-Regular"
) -> Image.Image:
    """Black print on white paper."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).multiline_text((80, 80), text, font=font(height, face), fill="black", spacing=16)
    return image


def turned(image: Image.Image, degrees: float) -> Image.Image:
    """The page turned counter-clockwise on a white table."""
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def chat(*, dark: bool = False) -> Image.Image:
    """A messenger on a telephone."""
    ground, ink, bubble = ("#17212b", "#f0f0f0", "#2b5279") if dark else ("#f0f4f8", "#141414", "#ffffff")
    image = Image.new("RGB", (1080, 1920), ground)
    draw = ImageDraw.Draw(image)
    draw.text((40, 20), "12:45", font=font(40), fill=ink)
    for index, line in enumerate(CHAT):
        top = 200 + index * 220
        draw.rounded_rectangle((40, top, 960, top + 130), 30, fill=bubble)
        draw.text((70, top + 40), line, font=font(42), fill=ink)
    return image


def chart() -> Image.Image:
    """A bar chart with a title, an axis and numbers."""
    image = Image.new("RGB", (1280, 800), "white")
    draw = ImageDraw.Draw(image)
    draw.text((200, 30), "Рост продаж по кварталам", font=font(48, "PTSans-Bold"), fill="black")
    for index, (height, colour) in enumerate(
        zip((200, 320, 410, 520), ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728"), strict=True)
    ):
        left = 160 + index * 280
        draw.rectangle((left, 700 - height, left + 180, 700), fill=colour)
        draw.text((left + 50, 640 - height), str(height), font=font(44), fill="black")
    draw.line((100, 120, 100, 700, 1240, 700), fill="black", width=3)
    return image


def meme(top: str, bottom: str, photo: str = "cat") -> Image.Image:
    """White capitals with a black outline over a photograph."""
    image = photograph(photo)
    image = image.resize((1000, image.height * 1000 // image.width), Image.Resampling.BICUBIC)
    draw, face = ImageDraw.Draw(image), font(76, "PTSans-Bold")
    for text, y in ((top, 24), (bottom, image.height - 110)):
        x = (image.width - draw.textlength(text, font=face)) / 2
        draw.text((x, y), text, font=face, fill="white", stroke_width=5, stroke_fill="black")
    return image


def photograph(name: str) -> Image.Image:
    """One of the demo's openly licensed photographs."""
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        return image.convert("RGB")


def texture(width: int = 320, height: int = 240, seed: int = 0) -> Image.Image:
    """Smooth coloured noise without fonts or files: the same bytes on every machine."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture's file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def differing_bits(left: str, right: str) -> int:
    """In how many of their 64 bits two perceptual hashes differ."""
    return (int(left, 16) ^ int(right, 16)).bit_count()
