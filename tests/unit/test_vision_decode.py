"""Decoding: every format upright, limits before pixels, damage told and what is left still read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters.vision.decode import decode_picture
from app.errors import Permanent, Skip
from tests.factories.pictures import PHOTOS, encoded, photograph, texture

LIMIT = 1_000_000
Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Bytes -> a file without a telling name."""

    def written(data: bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(data)
        return path

    return written


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_each_format_is_decoded_to_the_same_picture(kind: str, write: Write) -> None:
    image = texture()
    found = decode_picture(write(encoded(image, kind)), LIMIT)
    assert (found.width, found.height, found.damaged) == (320, 240, None)
    difference = np.abs(np.asarray(found.frames[0], dtype=int) - np.asarray(image, dtype=int)).mean()
    assert difference < 12  # GIF has 256 colours, JPEG and AVIF lose a little


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str, write: Write) -> None:
    image = texture().convert("L").convert("I;16") if mode == "I;16" else texture().convert(mode)
    found = decode_picture(write(encoded(image, "TIFF" if mode in ("CMYK", "I;16") else "PNG")), LIMIT)
    assert found.frames[0].mode == "RGB"
    assert np.asarray(found.frames[0]).std() > 20


def test_a_cmyk_jpeg_is_decoded(write: Write) -> None:
    assert decode_picture(write(encoded(texture().convert("CMYK"))), LIMIT).damaged is None


def test_transparent_parts_are_white(write: Write) -> None:
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert decode_picture(write(encoded(image, "PNG")), LIMIT).frames[0].getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("orientation", "corner"), [(1, "tl"), (3, "br"), (6, "tr"), (8, "bl"), (2, "tr"), (5, "tl")])
def test_the_turn_of_exif_is_applied(orientation: int, corner: str, write: Write) -> None:
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode_picture(write(encoded(image, exif=exif, quality=95)), LIMIT)
    assert (found.width, found.height) == ((32, 64) if orientation in (5, 6, 8) else (64, 32))
    assert found.frames[0].size == (found.width, found.height)
    x, y = (3 if corner[1] == "l" else found.width - 4), (3 if corner[0] == "t" else found.height - 4)
    pixel = found.frames[0].getpixel((x, y))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert pixel[1] < 80


def test_huge_pictures_are_refused_before_decoding(write: Write) -> None:
    with pytest.raises(Skip, match="IMAGE_MAX_PIXELS=1000000"):
        decode_picture(write(encoded(Image.new("1", (2000, 2000)), "PNG")), LIMIT)


def test_large_jpegs_are_read_at_the_working_size_but_keep_their_own(write: Write) -> None:
    found = decode_picture(write(encoded(texture(6000, 3000))), 100_000_000)
    assert (found.width, found.height) == (6000, 3000)
    assert found.frames[0].size == (2400, 1200)


def test_tiffs_give_their_first_pages(write: Write) -> None:
    frames = [texture(seed=seed) for seed in range(5)]
    found = decode_picture(write(encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])), LIMIT)
    assert (len(found.frames), found.pages) == (3, 5)


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _flipped(data: bytes) -> bytes:
    """Noise in the middle, as a bad disk leaves it: no marker bytes, so the length stays right."""
    middle = len(data) // 2
    return data[:middle] + bytes(range(1, 60)) * 3 + data[middle + 177 :]


def _without_end(data: bytes) -> bytes:
    return data[:-2]


@pytest.mark.parametrize("damage", [_cut, _flipped, _without_end])
def test_damage_of_a_jpeg_is_told_and_the_rest_is_kept(damage: Callable[[bytes], bytes], write: Write) -> None:
    whole = photograph("coffee")
    found = decode_picture(write(damage((PHOTOS / "coffee.jpg").read_bytes())), LIMIT)
    assert found.damaged
    assert str(found.damaged)[0] != "/"
    top = np.asarray(found.frames[0], dtype=int)[:80]
    assert np.abs(top - np.asarray(whole, dtype=int)[:80]).mean() < 3


def _damage(path: Path) -> str | None:
    """What is told of the file, be it read or refused."""
    try:
        return decode_picture(path, LIMIT).damaged
    except Permanent as error:
        return error.reason


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_other_formats_cut_short_are_told_or_refused(kind: str, write: Write) -> None:
    assert _damage(write(_cut(encoded(texture(), kind))))


def test_a_changed_byte_in_a_png_is_told(write: Write) -> None:
    data = bytearray(encoded(texture(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert decode_picture(write(bytes(data)), LIMIT).damaged


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff", b"not a picture at all", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(90)]
)
def test_what_is_no_picture_is_refused_with_a_reason(data: bytes, write: Write) -> None:
    with pytest.raises(Permanent, match="picture"):
        decode_picture(write(data), LIMIT)


def test_a_jpeg_with_hardly_any_data_is_refused(write: Write) -> None:
    data = encoded(photograph("coffee"))  # not progressive: rows come one after another
    start = data.index(b"\xff\xda")
    with pytest.raises(Permanent, match="rows hold anything"):
        decode_picture(write(data[: start + 3000]), LIMIT)


@pytest.mark.parametrize("path", sorted(PHOTOS.glob("*.jpg")), ids=lambda path: path.stem)
def test_sound_photographs_are_not_called_damaged(path: Path) -> None:
    assert decode_picture(path, 100_000_000).damaged is None
