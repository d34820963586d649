"""What leaves the machine: JPEG, small, without metadata."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.vision.remote.prepare import Prepared, prepare
from app.errors import Permanent, Skip
from app.ports import MediaInput
from tests.unit.vision_files import typed_pdf
from tests.unit.vision_pictures import ENGLISH, encoded, photograph
from tests.unit.vision_remote_support import stored


def prepared(path: Path, mime: str, *, side: int = 1280, size: int = 15_000_000) -> Prepared:
    """With the limits of an unconfigured installation."""
    return prepare(stored(path, mime), max_side=side, max_pixels=100_000_000, max_bytes=size)


def sent(data: bytes) -> Image.Image:
    """A picture as it was sent."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_pictures_are_shrunk_in_colour_and_small_ones_kept(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(encoded(Image.new("RGB", (3000, 1500), "#c03020")))
    (tmp_path / "small").write_bytes(encoded(Image.new("RGB", (300, 200), "#c03020"), "PNG"))
    large, small = (sent(prepared(tmp_path / name, "image/jpeg").pictures[0]) for name in ("large", "small"))
    assert (large.format, large.mode, large.size) == ("JPEG", "RGB", (1280, 640))
    assert small.size == (300, 200)
    pixel = large.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) <= 4 for a, b in zip(pixel, (0xC0, 0x30, 0x20), strict=True))


def test_the_place_of_a_photograph_stays_here_and_its_turn_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at home"
    (tmp_path / "file").write_bytes(encoded(photograph("cat").resize((400, 300)), "JPEG", exif=exif))
    data = prepared(tmp_path / "file", "image/jpeg").pictures[0]
    assert b"taken at home" not in data
    assert dict(sent(data).getexif()) == {}
    assert sent(data).size == (300, 400)


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "WEBP"))
    assert sent(prepared(tmp_path / "file", "image/webp").pictures[0]).getpixel((5, 5)) == (255, 255, 255)


def test_the_same_file_is_sent_as_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("coffee"), "WEBP"))
    assert prepared(tmp_path / "file", "image/webp") == prepared(tmp_path / "file", "image/webp")


def test_pages_come_with_the_text_that_they_hold(tmp_path: Path) -> None:
    found = prepared(typed_pdf(tmp_path / "typed", [ENGLISH, "The second page.", "3", "4"]), "application/pdf")
    assert len(found.pictures) == 3
    assert "The second page." in (found.facts.text or "")
    assert not found.facts.whole_text  # the third page has nothing but a number
    assert found.facts.inspection.pages == 4


def test_what_is_larger_than_the_provider_takes_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("coffee")))
    with pytest.raises(Skip, match="VISION_MAX_SIDE"):
        prepared(tmp_path / "file", "image/jpeg", size=1000)


def test_long_texts_are_sent_in_part_and_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("слово " * 5000)
    found = prepared(tmp_path / "file", "text/plain")
    assert len(found.text or "") == 6000
    assert len(found.facts.text or "") > 29_000


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is not None, reason="pillow-heif is installed here")
@pytest.mark.parametrize("mime", ["image/heic", "image/heif"])
def test_heic_names_the_package_that_reads_it(mime: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\x00\x00\x00\x18ftypheic")
    with pytest.raises(Permanent, match="pillow-heif"):
        prepare(MediaInput(tmp_path / "file", "0" * 64, mime), max_side=640, max_pixels=10**6, max_bytes=10**6)
