"""HEIC: upright, the primary picture, limits before pixels, and damage that is Permanent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters.store.types import identify
from app.adapters.vision.frames import Opened
from app.adapters.vision.media import open_media
from app.errors import Permanent, Skip
from tests.factories.heic_files import corner, heic, words

LIMIT = 1_000_000
WHOLE = heic(words())
Open = Callable[..., Opened]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Bytes -> the file as both kinds of providers open it, by the type that the store gives it."""

    def opening(data: bytes, limit: int = LIMIT, mime: str | None = None) -> Opened:
        path = tmp_path / "file"
        path.write_bytes(data)
        return open_media(path, mime or identify(path).mime, limit)

    return opening


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_the_store_knows_it_and_it_is_decoded(brand: bytes, opened: Open) -> None:
    found = opened(heic(words(), brand=brand))
    assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (800, 400, None)
    (frame,) = found.frames
    assert (frame.image.mode, frame.image.size) == ("RGB", (800, 400))
    assert frame.image.getpixel((5, 5)) == (255, 255, 255)
    assert np.asarray(frame.image).min() < 40  # the letters


@pytest.mark.parametrize(("turn", "place"), [(0, (3, 3)), (1, (3, -4)), (2, (-4, -4)), (3, (-4, 3))])
def test_it_is_turned_as_its_boxes_say(turn: int, place: tuple[int, int], opened: Open) -> None:
    found = opened(heic(corner().turned(turn)))
    assert (found.inspection.width, found.inspection.height) == ((64, 32) if turn % 2 == 0 else (32, 64))
    assert _red(found.frames[0].image) == place


def test_the_turn_of_exif_is_not_applied_on_top(opened: Open) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # as a phone writes it beside the box
    header = exif.tobytes().removeprefix(b"Exif\0\0")
    assert _red(opened(heic(corner().turned(3), exif=header)).frames[0].image) == (-4, 3)


def test_of_several_pictures_the_primary_one_is_read(opened: Open) -> None:
    for primary, size in enumerate([(32, 64), (800, 400)]):
        found = opened(heic(corner().turned(1), words(), primary=primary))
        assert [frame.image.size for frame in found.frames] == [size]


def test_the_limit_counts_before_decoding(opened: Open) -> None:
    with pytest.raises(Skip, match="320000 pixels: more than IMAGE_MAX_PIXELS=1000"):
        opened(WHOLE, 1000)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0\0\x18ftypheic", WHOLE[:200], WHOLE[: len(WHOLE) * 2 // 3], WHOLE[:-2], b"\xff\xd8\xff\xe0 JFIF" * 9],
    ids=["empty", "type only", "half a header", "cut", "almost whole", "a JPEG"],
)
@pytest.mark.parametrize("mime", ["image/heic", "image/heif"])
def test_what_cannot_be_decoded_is_permanent(data: bytes, mime: str, opened: Open) -> None:
    with pytest.raises(Permanent, match="not a HEIC picture"):
        opened(data, mime=mime)


def _red(image: Image.Image) -> tuple[int, int]:
    """The only corner that is red; negative places count from the far side."""
    corners = [(x, y) for x in (3, -4) for y in (3, -4)]
    pixels = {place: image.getpixel((place[0] % image.width, place[1] % image.height)) for place in corners}
    (found,) = [place for place, pixel in pixels.items() if isinstance(pixel, tuple) and pixel[1] < 60]
    return found
