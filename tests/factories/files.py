"""Files of media: videos and PDF files made from drawn pictures, and stored files as the pipeline hands them over."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from app.ports import MediaInput
from tests.factories.pictures import PHOTOS, encoded

JPEG = b"\xff\xd8\xff\xe0"  # the first bytes of one


def content(seed: int, size: int, head: bytes = b"") -> bytes:
    """Bytes of noise, unlike those of any other seed. size: in bytes, with the head."""
    return head + random.Random(seed).randbytes(size - len(head))


def stored(path: Path, mime: str) -> MediaInput:
    """A file as the pipeline hands it over."""
    return MediaInput(path, hashlib.sha256(path.read_bytes()).hexdigest(), mime)


def stored_photo(name: str = "coffee") -> MediaInput:
    """One of the demo's photographs as the pipeline hands it over."""
    return stored(PHOTOS / f"{name}.jpg", "image/jpeg")


def video(path: Path, scenes: Sequence[Image.Image], *, seconds: int = 2, rate: int = 10) -> Path:
    """An MP4 that shows each scene for so many seconds, one keyframe a second."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *scenes[0].size, "yuv420p"
        stream.bit_rate, stream.codec_context.gop_size = 4_000_000, rate
        stream.codec_context.time_base = Fraction(1, rate)
        pictures = [scene for scene in scenes for _ in range(seconds * rate)]
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")))
        container.mux(stream.encode())
    return path


def scanned_pdf(path: Path, pages: Sequence[Image.Image]) -> Path:
    """A PDF of pictures, as a scanner makes it: 150 pixels to the inch, no text of its own."""
    path.write_bytes(encoded(pages[0], "PDF", save_all=True, append_images=list(pages[1:]), resolution=150))
    return path


def typed_pdf(path: Path, pages: Sequence[str]) -> Path:
    """The smallest PDF with text of its own, Latin letters only."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        lines = "".join(f"({line}) Tj 0 -20 Td " for line in text.splitlines())
        stream = f"BT /F1 14 Tf 60 720 Td {lines}ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        resources = b"/Resources << /Font << /F1 3 0 R >> >>"
        box = b"/MediaBox [0 0 595 842]"
        objects.append(b"<< /Type /Page /Parent 2 0 R %s %s /Contents %d 0 R >>" % (box, resources, content))
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    path.write_bytes(_assembled(objects))
    return path


def _assembled(objects: Sequence[bytes]) -> bytes:
    """Numbered objects, their table of places, and the trailer."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        body
        + head
        + table
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    )
