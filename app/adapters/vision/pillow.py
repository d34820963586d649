"""Opens pictures by Pillow as a viewer does: what their metadata hold never decides whether they are shown."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from PIL import Image, ImageFile

from app.adapters.vision.decode_errors import of_this_machine, reason_of
from app.adapters.vision.metadata import ORIENTATION, UPRIGHT, turn_of, webp_size, without_metadata
from app.errors import Permanent, Skip

# The formats in Telegram; a crafted file may attack every further decoder.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000")
IN_MEMORY = 256 * 1024**2  # bytes; a larger file is decoded from disk, with its metadata
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LENIENT = threading.Lock()  # Pillow has one switch for truncated files in the whole process


def opened_picture(path: Path, max_pixels: int) -> Image.Image:
    """Opens the header alone, to check the size before any pixel is decoded.

    Permanent if no decoder knows the file, Skip for more than `max_pixels`.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own limit below has a message that names its setting
    with path.open("rb") as file:
        check_size(webp_size(file.read(30)), max_pixels)  # its decoder takes its memory as it opens a file
    image = _header(path)
    try:
        check_size(image.size, max_pixels)
    except Skip:
        image.close()
        raise
    return image


def _header(path: Path) -> Image.Image:
    # In memory, a size that lies about the file reads to its end; on disk Pillow would allocate that size first.
    source = io.BytesIO(path.read_bytes()) if path.stat().st_size <= IN_MEMORY else path
    try:
        return Image.open(source, formats=FORMATS)
    except Exception as error:
        if of_this_machine(error):
            raise
        bare = _bare(path)
        try:
            return Image.open(io.BytesIO(bare), formats=FORMATS)
        except Exception as again:
            if of_this_machine(again):
                raise
            raise Permanent(f"not a picture that can be decoded: {reason_of(error)}") from error


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Skip for more than `max_pixels`."""
    pixels = size[0] * size[1]
    if pixels > max_pixels:
        raise Skip(f"a picture of {pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")


def loaded(path: Path, image: Image.Image, max_pixels: int) -> tuple[Image.Image, str | None]:
    """(the picture with its pixels, their fault or None). Tries it without metadata before it calls it damaged.

    A damaged one is read as far as its bytes go; Permanent if nothing of it can be decoded.
    """
    try:
        image.load()
        return image, None
    except Exception as error:
        if of_this_machine(error):
            raise
        damaged = reason_of(error)
    try:
        return _loaded(_bare(path), max_pixels), None
    except Exception as error:
        if of_this_machine(error):
            raise
    return _partial(path, damaged, max_pixels), damaged


def frame_count(image: Image.Image) -> int:
    """The number of frames or pages; 1 if the file does not tell it rightly."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception as error:
        if of_this_machine(error):
            raise
        return 1


def _partial(path: Path, damaged: str, max_pixels: int) -> Image.Image:
    with _LENIENT:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            return _loaded(_bare(path, checked=False), max_pixels)
        except Exception as error:
            if of_this_machine(error):
                raise
            raise Permanent(f"damaged picture: {damaged}") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _loaded(data: bytes, max_pixels: int) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    check_size(image.size, max_pixels)  # of a damaged file it may be another one now
    image.load()
    return image


def _bare(path: Path, *, checked: bool = True) -> bytes:
    with path.open("rb") as file:
        data = file.read(IN_MEMORY)
    return without_metadata(data, checked=checked, colours=False)


def turn_of_picture(image: Image.Image) -> int:
    """The orientation, 1 to 8, as far as the metadata can be read."""
    try:
        if image.format == "AVIF":  # Pillow tells the turn of its boxes as one of Exif
            return int(image.getexif().get(ORIENTATION, UPRIGHT))
        return turn_of(_exif(image), _xmp(image))
    except Exception as error:
        if of_this_machine(error):
            raise
        return UPRIGHT


def _exif(image: Image.Image) -> bytes:
    raw = image.info.get("Raw profile type exif")  # as ImageMagick once wrote it, before PNG had a chunk for it
    if isinstance(raw, str | bytes) and "exif" not in image.info:
        text = raw if isinstance(raw, str) else raw.decode("latin-1")
        return bytes.fromhex("".join(text.split("\n")[3:]))
    found = image.info.get("exif", b"")
    return found if isinstance(found, bytes) else b""


def _xmp(image: Image.Image) -> bytes:
    found = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or b""
    return found.encode(errors="ignore") if isinstance(found, str) else bytes(found)


def upright(image: Image.Image, turn: int) -> Image.Image:
    """The picture as a viewer turns it. turn: an orientation; unknown ones turn nothing."""
    return image.transpose(TURNS[turn]) if turn in TURNS else image
