"""The child process that decodes files for decoder.py; only this process loads decoders (0.3 s and 100 MB)."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from app import errors
from app.adapters.vision import resource_limits
from app.adapters.vision.remote.decoder import Limits
from app.adapters.vision.remote.prepare import prepare
from app.ports import MediaInput
from app.settings import get_settings


def _answer(line: bytes) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """(the answer about a file, the pictures that follow it)."""
    given = json.loads(line)
    media = MediaInput(Path(given["path"]), given["sha256"], given["mime"])
    limits = Limits(**{name: given[name] for name in vars(Limits(0, 0, 0))})
    try:
        ready = resource_limits.one_file(lambda: prepare(media, limits))
    except (errors.Permanent, errors.Skip, errors.Transient) as error:
        return {"error": type(error).__name__, "reason": error.reason}, ()
    except Exception as error:  # a bug or a full disk: the child goes on, the step is retried
        return {"error": "Transient", "reason": f"{type(error).__name__}: {str(error)[:300]}"}, ()
    sizes = [len(picture) for picture in ready.pictures]
    facts = ready.facts.model_dump(mode="json")
    return {"sizes": sizes, "text": ready.text, "facts": facts, "order": ready.order}, ready.pictures


def main() -> None:
    """Runs the child: reads a request a line, answers with a line and the pictures after it, until the input ends."""
    resource_limits.limit_memory(get_settings())
    with os.fdopen(os.dup(1), "wb") as output:
        os.dup2(2, 1)  # output of C libraries must not get between the answers
        for line in sys.stdin.buffer:
            said, pictures = _answer(line)
            output.write(json.dumps(said).encode() + b"\n" + b"".join(pictures))
            output.flush()


if __name__ == "__main__":
    main()
