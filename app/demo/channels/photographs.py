"""Many pictures out of a few photographs: a crop, a mirror and a light for each number."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from app.demo.channels.asset import Asset
from app.demo.channels.canvas import jpeg
from app.domain.kinds import Classification

PHOTOS = Path(__file__).resolve().parent / "photos"
LONG_SIDE = 960  # pixels
# Red, green and blue gain, saturation, brightness.
LIGHTS = {
    "day": (1.0, 1.0, 1.0, 1.0, 1.0),
    "warm": (1.1, 1.0, 0.84, 1.1, 1.02),
    "cool": (0.9, 1.0, 1.12, 0.9, 1.0),
    "dusk": (0.82, 0.74, 0.98, 0.9, 0.82),
    "winter": (0.98, 1.02, 1.1, 0.35, 1.18),
    "film": (1.06, 1.0, 0.88, 0.65, 1.06),
    "mono": (1.0, 1.0, 1.0, 0.0, 1.04),
}


@lru_cache(maxsize=32)
def source(name: str) -> Image.Image:
    """A committed photograph, whole."""
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        return image.convert("RGB")


def photograph(name: str, number: int, long_side: int = LONG_SIDE) -> Image.Image:
    """Variant `number` of a photograph: 0 is the whole frame by day, the others are drawn by lot from the name."""
    image = source(name)
    if number:
        lot = random.Random(f"{name}/{number}")
        image = _crop(image, lot)
        image = ImageOps.mirror(image) if lot.random() < 0.5 else image
        image = lit(image, lot.choice(list(LIGHTS)))
    scale = long_side / max(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)


def lit(image: Image.Image, light: str) -> Image.Image:
    """The picture in another light."""
    red, green, blue, saturation, brightness = LIGHTS[light]
    bands = (
        band.point([min(255, round(level * gain)) for level in range(256)])
        for band, gain in zip(image.split(), (red, green, blue), strict=True)
    )
    merged = ImageEnhance.Color(Image.merge("RGB", list(bands))).enhance(saturation)
    return ImageEnhance.Brightness(merged).enhance(brightness)


def filled(name: str, number: int, width: int, height: int) -> Image.Image:
    """A variant that fills a frame, as a background."""
    return ImageOps.fit(photograph(name, number, max(width, height)), (width, height), Image.Resampling.BICUBIC)


def photo(name: str, number: str) -> Asset:
    """A photograph without text."""
    image = photograph(name, int(number))
    return Asset(jpeg(image, 80), width=image.width, height=image.height, text="", shows=Classification.PHOTO)


def _crop(image: Image.Image, lot: random.Random) -> Image.Image:
    """A landscape, square or upright part, never smaller than half of the frame on a side."""
    aspect = lot.choice((4 / 3, 3 / 2, 1.0, 3 / 4))
    width = image.width * lot.uniform(0.55, 0.9)
    height = width / aspect
    if height > image.height * 0.9:
        height = image.height * lot.uniform(0.6, 0.9)
        width = min(height * aspect, image.width * 0.9)
    left, top = lot.uniform(0, image.width - width), lot.uniform(0, image.height - height)
    return image.crop((round(left), round(top), round(left + width), round(top + height)))
