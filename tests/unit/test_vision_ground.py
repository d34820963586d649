"""The ground of transparent pictures: their letters are seen, and nothing that is opaque changes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.adapters.vision.ground import flattened
from app.adapters.vision.phash import phash
from app.adapters.vision.shades import is_even
from tests.factories.films import SIZE, sticker
from tests.factories.pictures import photograph, texture

CORNER = (2, 2)
BLACK, GREY, WHITE = (0, 0, 0), (128, 128, 128), (255, 255, 255)
CLEAR = (255, 255, 255, 0)


def ground(image: Image.Image) -> tuple[int, ...]:
    pixel = flattened(image).getpixel(CORNER)
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize(
    ("ink", "outline", "expected"),
    [
        ("white", None, BLACK),
        ("#ffe040", None, BLACK),
        ((255, 255, 255, 140), None, BLACK),
        ((255, 255, 255, 50), None, BLACK),
        ("black", None, WHITE),
        ("#c02020", None, WHITE),
        ((0, 0, 0, 50), None, WHITE),
        ("white", "black", BLACK),
        ("black", "white", WHITE),
    ],
)
def test_letters_stand_on_a_ground_unlike_them(
    ink: str | tuple[int, ...], outline: str | None, expected: tuple[int, ...]
) -> None:
    assert ground(sticker(ink, outline=outline)) == expected


@pytest.mark.parametrize("mode", ["LA", "P", "RGBA"])
def test_every_kind_of_transparency_counts(mode: str) -> None:
    image = sticker().quantize(16) if mode == "P" else sticker().convert(mode)
    assert image.has_transparency_data
    assert ground(image) == BLACK


def test_faint_letters_are_as_clear_as_others() -> None:
    assert np.ptp(np.asarray(flattened(sticker((255, 255, 255, 20))))) > 200


def test_light_and_dark_letters_both_differ_from_their_ground() -> None:
    image = sticker(text="Белые")
    ImageDraw.Draw(image).bitmap((0, 60), sticker(text="Чёрные").getchannel("A"), fill=(0, 0, 0, 255))
    assert ground(image) == GREY


def test_a_shape_in_the_colour_of_the_ground_is_seen() -> None:
    """A white logo: no stroke is short, and the opacity alone has a form."""
    image = Image.new("RGBA", SIZE, CLEAR)
    ImageDraw.Draw(image).ellipse((20, 10, 380, 190), fill="white")
    assert not is_even(flattened(image))


def test_pictures_and_windows_with_clear_edges_stay_on_white() -> None:
    photo = photograph("cat").resize(SIZE).convert("RGBA")
    photo.putalpha(Image.new("L", SIZE, 0))
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).rounded_rectangle((10, 10, 389, 189), 30, fill=255)
    photo.putalpha(mask)
    paper = Image.new("RGBA", SIZE, "white")
    paper.alpha_composite(sticker("black"))
    paper.putalpha(mask)
    assert [ground(photo), ground(paper)] == [WHITE, WHITE]


@pytest.mark.parametrize("colour", [CLEAR, (0, 0, 0, 0), (255, 255, 255, 255)])
def test_nothing_on_nothing_is_an_even_picture(colour: tuple[int, ...]) -> None:
    assert is_even(flattened(Image.new("RGBA", SIZE, colour)))


def test_opaque_pictures_have_the_same_hash_whatever_their_mode() -> None:
    image = texture()
    assert phash(flattened(image.convert("RGBA"))) == phash(flattened(image)) == phash(image)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 2)])
def test_the_smallest_pictures_have_a_ground_too(size: tuple[int, int]) -> None:
    image = Image.new("RGBA", size, (255, 255, 255, 90))
    assert flattened(image).size == size
