"""Types of files by what they show: pictures, videos. Recognised by content, never by a sender's word."""

from __future__ import annotations

JPEG_2000 = frozenset({"image/jp2", "image/jpx", "image/jph", "image/j2c"})
PICTURES = JPEG_2000 | frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "tiff", "avif")
)
HEIC = frozenset({"image/heic", "image/heif"})
JXL, TGS = "image/jxl", "application/x-tgsticker"
# Types that are known and not read -> the reason.
NOT_READ = {
    JXL: "no reader for JPEG XL: saved as PNG or JPEG the picture can be read",
    TGS: "no reader for animated stickers of Telegram (.tgs)",
}


def is_video(mime: str) -> bool:
    """Whether the type is any video; FFmpeg tells later whether it can decode the file."""
    return mime.startswith("video/")
