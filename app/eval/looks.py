"""Distortions of a picture before it is posted: scanned, photographed, squeezed, turned. The same every time."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter, ImageOps

Look = Callable[[Image.Image, random.Random], bytes]
SMALL = 640  # pixels of the longer side of a preview


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def plain(image: Image.Image, _lot: random.Random) -> bytes:
    """The picture in the form that Telegram sends."""
    return _jpeg(image, 84)


def scan(image: Image.Image, lot: random.Random) -> bytes:
    """A flatbed scan: grey, a little askew, soft, with noise and the lid's shadow along one edge."""
    askew = _turned(ImageOps.grayscale(image).convert("RGB"), _either(lot, 0.4, 1.6), "#f4f4f4")
    soft = askew.filter(ImageFilter.GaussianBlur(0.7))
    shadow = 1 - 0.35 * np.exp(-np.arange(soft.width) / (0.02 * soft.width))
    return _jpeg(_noisy(soft, 3.5, lot, shadow[None, :, None], grey=True), 60)


def fax(image: Image.Image, lot: random.Random) -> bytes:
    """A copy of many copies: coarse, black and white, with specks."""
    small = ImageOps.grayscale(image).resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.BILINEAR)
    noisy = _noisy(small.convert("RGB"), 18, lot, 1.0, grey=True).convert("L")
    return _jpeg(noisy.point([255 if level > 190 else 0 for level in range(256)]).convert("RGB"), 75)


def phone(image: Image.Image, lot: random.Random) -> bytes:
    """A photograph by a telephone held at an angle, in the light of a lamp from one side."""
    width, height = image.size
    lean = lot.uniform(0.015, 0.035)
    corners = (
        *(-lean * width, -0.03 * height),
        *(-0.04 * width, (1 + lean) * height),
        *((1 + 2 * lean) * width, 1.03 * height),
        *((1 + lean) * width, -lean * height),
    )
    table = lot.choice(("#7b6a58", "#55606a", "#8f8778"))
    bent = image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=table)
    light = np.linspace(lot.uniform(0.62, 0.75), 1.02, width)[None, :, None]
    return _jpeg(_noisy(bent.filter(ImageFilter.GaussianBlur(0.8)), 4, lot, light), 76)


def skew(image: Image.Image, lot: random.Random) -> bytes:
    """The picture turned by 3 to 9 degrees."""
    return _jpeg(_turned(image, _either(lot, 3, 9), "#7c776d"), 82)


def sideways(image: Image.Image, lot: random.Random) -> bytes:
    """The picture on its left or right side."""
    return _jpeg(image.transpose(lot.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270))), 82)


def upside(image: Image.Image, _lot: random.Random) -> bytes:
    """The picture upside down."""
    return _jpeg(image.transpose(Image.Transpose.ROTATE_180), 82)


def squeezed(image: Image.Image, _lot: random.Random) -> bytes:
    """A picture forwarded through messengers that recompress it: two generations of coarse JPEG."""
    smaller = image.resize((round(image.width * 0.8), round(image.height * 0.8)), Image.Resampling.BILINEAR)
    with Image.open(io.BytesIO(_jpeg(smaller, 30))) as once:
        return _jpeg(once.resize((image.width, image.height), Image.Resampling.BILINEAR), 22)


def small(image: Image.Image, _lot: random.Random) -> bytes:
    """A preview instead of the picture."""
    return _jpeg(ImageOps.contain(image, (SMALL, SMALL), Image.Resampling.BICUBIC), 72)


LOOKS: dict[str, Look] = {
    look.__name__: look for look in (plain, scan, fax, phone, skew, sideways, upside, squeezed, small)
}


def _either(lot: random.Random, least: float, most: float) -> float:
    return lot.choice((-1, 1)) * lot.uniform(least, most)


def _turned(image: Image.Image, degrees: float, ground: str) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)


def _noisy(
    image: Image.Image, sigma: float, lot: random.Random, light: np.ndarray | float, grey: bool = False
) -> Image.Image:
    """Applies light, then the sensor's noise; the noise is equal in all three colours for a grey picture."""
    noise = np.random.default_rng(lot.getrandbits(32))
    shape = (image.height, image.width, 1 if grey else 3)
    levels = np.asarray(image, dtype=np.float32) * light + noise.normal(0, sigma, shape)
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))
