"""The size of a picture from the head of its file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.adapters.vision.remote.header import Header, header_of
from tests.factories.heic_files import heic, words
from tests.factories.pictures import encoded

PICTURE = Image.new("RGB", (211, 1303), "#204080")


def test_sizes_of_all_formats_are_known_without_a_decoder(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x9286] = "x" * 60_000  # a long comment before the size
    files = {
        "jpeg": encoded(PICTURE, "JPEG", exif=exif, icc_profile=b"y" * 200_000),
        "progressive": encoded(PICTURE, "JPEG", progressive=True),
        "png": encoded(PICTURE, "PNG"),
        "gif": encoded(PICTURE, "GIF"),
        "bmp": encoded(PICTURE, "BMP"),
        "webp": encoded(PICTURE, "WEBP"),
        "lossless": encoded(PICTURE, "WEBP", lossless=True),
        "extended": encoded(PICTURE, "WEBP", exif=exif),
        "avif": encoded(PICTURE, "AVIF"),
        "jp2": encoded(PICTURE, "JPEG2000"),
        "j2k": encoded(PICTURE, "JPEG2000", no_jp2=True),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        assert header_of(tmp_path / name) == Header(PICTURE.size, moving=name == "gif"), name
    bitmap = bytearray(files["bmp"])
    bitmap[22:26] = (-1303).to_bytes(4, "little", signed=True)  # rows from top to bottom
    (tmp_path / "bmp").write_bytes(bitmap)
    (tmp_path / "heic").write_bytes(heic(words()))
    assert header_of(tmp_path / "bmp") == Header(PICTURE.size)
    assert header_of(tmp_path / "heic") == Header((words().width, words().height))
    for kind in ("PNG", "WEBP", "GIF", "AVIF"):
        frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
        (tmp_path / kind).write_bytes(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert header_of(tmp_path / kind) == Header((64, 48), moving=True), kind


STARTS = st.sampled_from(
    [b"", b"\xff\xd8\xff\xe0\x00\x00", b"\xff\xd8\xff\xff\xff", b"GIF89a", b"BM", b"RIFF1234WEBPVP8 "]
)


@given(STARTS, st.binary(max_size=200))
def test_a_size_is_never_made_up_of_nothing(start: bytes, rest: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(start + rest)
        file.flush()
        found = header_of(Path(file.name))
    assert found is None or min(found.size) > 0
