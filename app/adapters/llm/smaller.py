"""Pictures of half the size, for a server that takes no larger question."""

from __future__ import annotations

import io


def halved(picture: bytes) -> bytes:
    """A JPEG of our own at half its width and height: it was decoded and bounded before, so that no file can harm."""
    # Late: the library takes a moment to load, and almost no question is too large.
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        size = max(1, image.width // 2), max(1, image.height // 2)
        stream = io.BytesIO()
        image.resize(size, Image.Resampling.LANCZOS).save(stream, "JPEG", quality=90, subsampling=0)
    return stream.getvalue()
