"""Recognises formats that puremagic takes for others: JPEG 2000, JPEG XL, Telegram's animated stickers."""

from __future__ import annotations

import re
import zlib

from app.domain.media_types import JXL, TGS

UNPACKED = 64 * 1024  # bytes of a gzip file to look into
_BOX = b"\r\n\x87\n"  # ends the signature of both families' containers
_JPEG_2000 = {
    b"jp2 ": "image/jp2",
    b"jpx ": "image/jpx",
    b"jph ": "image/jph",
    b"jpm ": "image/jpm",
    b"mjp2": "video/mj2",
}
# Lottie's frames per second, first and last frame: no other JSON has all three.
_LOTTIE = [re.compile(rf'"{key}"\s*:\s*-?\d'.encode()) for key in ("fr", "ip", "op")]
_STICKER = re.compile(rb'\A\s*\{\s*"tgs"\s*:\s*1\b')


def identify(head: bytes) -> str | None:
    """The mime by a signature of four bytes or more; None for any other format."""
    if head[:12] == b"\x00\x00\x00\x0cjP  " + _BOX:
        return _JPEG_2000.get(head[20:24], "image/jp2")
    if head[:4] == b"\xff\x4f\xff\x51":
        return "image/j2c"
    if head[:12] == b"\x00\x00\x00\x0cJXL " + _BOX:
        return JXL
    return TGS if head[:3] == b"\x1f\x8b\x08" and _is_sticker(head) else None


def bare_jxl(head: bytes) -> str | None:
    """The mime of JPEG XL without a container, which has two bytes of signature: not to be asked about a text."""
    return JXL if head[:2] == b"\xff\x0a" and len(head) > 2 else None


def _is_sticker(head: bytes) -> bool:
    try:
        data = zlib.decompressobj(wbits=31).decompress(head, UNPACKED)
    except zlib.error:
        return False
    lottie = data.lstrip().startswith(b"{") and all(key.search(data) for key in _LOTTIE)
    return lottie or _STICKER.match(data) is not None
