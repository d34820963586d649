"""Metadata never decide over pixels: with broken ones a picture is read as a viewer shows it, and turned as it is."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.store.types import identify
from app.adapters.vision.decode_errors import bad_file
from app.adapters.vision.frames import Opened
from app.adapters.vision.media import open_media
from app.errors import Permanent, Skip
from tests.factories.broken_metadata import NO_COLOURS, exif, turned, unturned, with_colours
from tests.factories.heic_files import corner, heic
from tests.factories.pictures import encoded

LIMIT = 1_000_000


def red_corner() -> Image.Image:
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 32, 16))
    return image


def opened(path: Path, data: bytes) -> Opened:
    path.write_bytes(data)
    return open_media(path, identify(path).mime, LIMIT)


def where_red(found: Opened) -> tuple[str, ...]:
    image = found.frames[0].image
    places = {"top left": (3, 3), "top right": (image.width - 4, 3), "bottom left": (3, image.height - 4)}
    pixels = {name: image.getpixel(place) for name, place in places.items()}
    return tuple(name for name, pixel in pixels.items() if isinstance(pixel, tuple) and pixel[1] < 60)


@pytest.mark.parametrize(("name", "data"), [pytest.param(*case, id=case[0]) for case in unturned(red_corner())])
def test_broken_metadata_leave_the_picture_as_it_is(name: str, data: bytes, tmp_path: Path) -> None:
    found = opened(tmp_path / "file", data)
    assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (64, 32, None)
    assert where_red(found) == ("top left",)


@pytest.mark.parametrize(("name", "data"), [pytest.param(*case, id=case[0]) for case in turned(red_corner())])
def test_a_turn_that_can_be_read_counts_whatever_else_is_broken(name: str, data: bytes, tmp_path: Path) -> None:
    found = opened(tmp_path / "file", data)
    assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (32, 64, None)
    assert where_red(found) == ("top right",)


@pytest.mark.parametrize("fields", [b"", b"\xff" * 50, exif(6), exif(9)])
def test_a_heic_picture_with_broken_metadata_is_turned_by_its_boxes(fields: bytes, tmp_path: Path) -> None:
    found = opened(tmp_path / "file", heic(corner().turned(3), exif=fields))
    assert (found.inspection.width, where_red(found)) == (32, ("top right",))


@pytest.mark.parametrize("told", NO_COLOURS)
def test_a_heic_picture_with_unknown_colours_is_shown_with_the_usual_ones(told: bytes, tmp_path: Path) -> None:
    assert where_red(opened(tmp_path / "file", with_colours(heic(corner()), told))) == ("top left",)


def test_a_damaged_picture_with_broken_metadata_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = dict(unturned(red_corner().resize((640, 320))))["PNG: wrong checksum of a text"]
    found = opened(tmp_path / "file", data[: len(data) // 2])
    assert found.inspection.damaged
    assert where_red(found)[0] == "top left"


def test_a_size_is_limited_before_a_decoder_takes_its_memory(tmp_path: Path) -> None:
    """A WebP of a few bytes may claim 16,383 by 16,383 pixels, which its decoder would allocate at once."""
    data = bytearray(encoded(red_corner(), "WEBP", exif=exif(1)))
    data[24:30] = b"\xfe\x3f\0\xfe\x3f\0"
    with pytest.raises(Skip, match="268402689 pixels: more than IMAGE_MAX_PIXELS=1000000"):
        opened(tmp_path / "file", bytes(data))


def test_only_faults_of_this_machine_are_no_facts_about_a_file(tmp_path: Path) -> None:
    for mime in ("image/png", "image/heic", "video/mp4", "application/pdf", "text/plain"):
        with pytest.raises(FileNotFoundError):
            open_media(tmp_path / "gone", mime, LIMIT)
    full, broken = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), OSError(errno.EIO, os.strerror(errno.EIO))
    for fault in (MemoryError(), full, broken, Skip("too large")):
        with pytest.raises(type(fault)), bad_file("picture"):
            raise fault
    for bad in (
        RuntimeError("x"),
        TypeError("x"),
        KeyError("x"),
        ZeroDivisionError("x"),
        OSError("x"),
        OSError(22, "x"),
    ):
        with pytest.raises(Permanent, match=r"not a picture that can be decoded: .*x"), bad_file("picture"):
            raise bad
