"""Files that archives meet and textbooks leave out: cut, damaged, wrongly named."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace

from PIL import Image

from app.demo.channels.asset import Asset
from app.demo.channels.canvas import jpeg, png
from app.demo.channels.photographs import photograph
from app.domain.kinds import Classification


def truncated(photo: str, number: str) -> Asset:
    """A JPEG whose upload stopped half way."""
    whole = jpeg(photograph(photo, int(number)))
    return Asset(whole[: len(whole) // 2], width=960, height=640)


def damaged(photo: str, number: str) -> Asset:
    """A JPEG with overwritten bytes in its middle; its length and both ends are right."""
    data = bytearray(jpeg(photograph(photo, int(number))))
    lot = random.Random(f"damage/{photo}/{number}")
    for place in lot.sample(range(len(data) // 3, 2 * len(data) // 3), 60):
        data[place] = lot.randrange(256)
    return Asset(bytes(data), width=960, height=640)


def png_named_jpg(photo: str, number: str) -> Asset:
    """A PNG whose name and claimed type say JPEG."""
    image = photograph(photo, int(number), 480)
    name = f"{photo}.jpg"
    return Asset(
        png(image), "document", "image/jpeg", name, image.width, image.height, text="", shows=Classification.PHOTO
    )


def html_named_jpg(title: str) -> Asset:
    """A page of HTML whose name and claimed type say JPEG, as a failed download leaves it."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Asset(page.encode(), "document", "image/jpeg", "photo.jpg")


def zip_archive(name: str, entry: str) -> Asset:
    """An archive with one small table in it; its time stamp is fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = "\n".join(f"{day:02},{12 + day % 5},{40 + 3 * day}" for day in range(1, 31))
        archive.writestr(zipfile.ZipInfo(entry, (2026, 5, 1, 9, 0, 0)), "day,degrees,visitors\n" + rows + "\n")
    return Asset(out.getvalue(), "document", "application/zip", name)


def recoded(original: Asset) -> Asset:
    """The same picture smaller and coarser: other bytes, nearly the same look."""
    with Image.open(io.BytesIO(original.data)) as image:
        small = image.resize((round(image.width * 0.7), round(image.height * 0.7)), Image.Resampling.LANCZOS)
    return replace(original, data=jpeg(small, 58), width=small.width, height=small.height)
