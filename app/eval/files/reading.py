"""Reads files for `python -m app.eval.files`, in a process of its own with the code of the version to measure.

Run by its path, so that `app` is the version of PYTHONPATH; it uses nothing that only one of the versions has. Each
line of standard input is the path of a file, each line of standard output the result as JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from app.adapters.store.types import identify
from app.adapters.vision.local import local_vision
from app.ports import MediaInput, VisionProvider
from app.settings import get_settings


def main() -> None:
    """Answers one path after another, until the input ends."""
    provider = local_vision(get_settings())
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        started = time.perf_counter()
        found = read(provider, path)
        found["seconds"] = time.perf_counter() - started
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def read(provider: VisionProvider, path: Path) -> dict[str, object]:
    """The file's texts, or why there are none: a failure is a result, whatever it is."""
    mime = identify(path).mime
    try:
        if not provider.reads(mime):
            return {"mime": mime, "text": "", "fault": "no reader"}
        media = MediaInput(path, hashlib.sha256(path.read_bytes()).hexdigest(), mime)
        reading = provider.read(media).reading
    except Exception as error:
        return {"mime": mime, "text": "", "fault": type(error).__name__}
    return {"mime": mime, "text": "\n".join(texts(reading.model_dump())), "fault": ""}


def texts(value: object) -> Iterator[str]:
    """Every `text` of a reading, wherever its version keeps it: a file may have one of its own and a recognised one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


if __name__ == "__main__":
    main()
