"""Hashes, colours and pixel measures: deterministic, and the same for copies of a picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters.vision.colours import dominant_colours
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.phash import inspected, phash
from app.adapters.vision.pixels import measure
from app.domain.reading import Inspection
from tests.factories.pictures import PHOTOS, chart, chat, differing_bits, encoded, page, photograph, texture

SAME_PICTURE = 8  # bits of 64: re-encoded copies differ by 8 at most, different pictures by 22 at least
# Made once by imagehash 4.3.2 (with SciPy's DCT) from these very pictures.
BY_IMAGEHASH = {
    0: "fc9848e313c4ae3b",
    1: "8ce3d8b83acbc534",
    2: "fc6c8d47db2420da",
    3: "dd79e29cd5ee0011",
    4: "9141a6a6c2857f7b",
}


@pytest.mark.parametrize("seed", sorted(BY_IMAGEHASH))
def test_hashes_are_those_of_imagehash(seed: int) -> None:
    assert phash(texture(seed=seed)) == BY_IMAGEHASH[seed]


@pytest.mark.parametrize("name", ["cat", "coffee", "rocket"])
def test_a_copy_encoded_again_and_scaled_is_the_same_picture(name: str) -> None:
    original = photograph(name)
    small = original.resize((original.width // 2, original.height // 2))
    copy = Image.open(io.BytesIO(encoded(small, quality=40))).convert("RGB")
    assert differing_bits(phash(original), phash(copy)) <= SAME_PICTURE


@pytest.mark.parametrize("dark", [False, True])
def test_a_long_picture_is_measured_as_finely_as_one_of_its_screens(dark: bool) -> None:
    screen = chat(dark=dark)
    long = Image.new("RGB", (screen.width, screen.height * 6))
    for number in range(6):
        long.paste(screen, (0, number * screen.height))
    one, all_ = measure(screen), measure(long)
    assert all_.drawn
    assert (all_.flat, all_.background) == pytest.approx((one.flat, one.background), abs=0.01)


def test_different_photographs_are_far_apart() -> None:
    hashes = [phash(photograph(path.stem)) for path in sorted(Path(PHOTOS).glob("*.jpg"))[:8]]
    pairs = [(one, two) for i, one in enumerate(hashes) for two in hashes[i + 1 :]]
    assert min(differing_bits(one, two) for one, two in pairs) > SAME_PICTURE


def flat(*images: Image.Image) -> bool | None:
    """The answer that is stored of a file with these pictures."""
    return inspected(Opened(tuple(map(Frame, images)), Inspection(width=9))).flat


def test_a_picture_of_one_even_shade_is_flat() -> None:
    grain = np.random.default_rng(1).integers(245, 256, (300, 300, 3), dtype=np.uint8)
    even = [Image.new("RGB", (200, 150), colour) for colour in ("white", "black", "#204080")]
    encoded_again = [Image.open(io.BytesIO(encoded(image, quality=30))).convert("RGB") for image in even]
    assert all(map(flat, [*even, *encoded_again, Image.fromarray(grain), Image.new("RGB", (1, 1))]))
    assert flat() is None, "a text has no picture"


def test_little_print_and_dim_pictures_are_not_flat() -> None:
    dim = texture().point(lambda level: level // 8)
    assert [flat(image) for image in (page("Hi"), chart(), dim, photograph("cat"))] == [False] * 4
    assert flat(photograph("cat"), Image.new("RGB", (9, 9))) is False, "the first frame has the hash"


def test_dominant_colours_come_by_area() -> None:
    image = Image.new("RGB", (100, 100), "#ffffff")
    image.paste("#d62728", (0, 0, 100, 30))
    image.paste("#1f77b4", (0, 30, 100, 40))
    image.paste("#000000", (0, 99, 1, 100))
    assert dominant_colours([image]) == ("#ffffff", "#d62728", "#1f77b4")


def test_colours_of_frames_are_counted_together() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("#102030", "#102030", "#f0f0f0")]
    assert dominant_colours(frames) == ("#102030", "#f0f0f0")


def test_drawn_pictures_are_told_from_photographs() -> None:
    assert all(measure(image).drawn for image in (page("text"), chart(), Image.new("RGB", (3, 3))))
    photographs = [measure(photograph(path.stem)).drawn for path in sorted(PHOTOS.glob("*.jpg"))]
    assert (len(photographs) > 5, set(photographs)) == (True, {False})


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (7, 9)])
def test_tiny_and_thin_pictures_have_measures_too(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "#ff0000")
    assert measure(image).flat == 1.0
    assert dominant_colours([image]) == ("#ff0000",)
    assert len(phash(image)) == 16
