"""Damaged files of every type: each is read as far as it goes or refused with a reason, and nothing else happens."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.adapters.vision.media import open_media
from app.errors import Permanent, Skip
from tests.factories.damages import damaged, small_files
from tests.profiles import examples, patient

LIMIT = 4_000_000
CASES = examples(1000)


@contextmanager
def told(case: str) -> Iterator[None]:
    """Names the case of any error but the two that a file may end with."""
    try:
        yield
    except (Permanent, Skip):
        raise
    except BaseException as error:
        error.add_note(case)
        raise


@patient
def test_a_damaged_file_of_any_type_is_read_in_part_or_refused_with_a_reason(tmp_path: Path) -> None:
    files, path = list(small_files(tmp_path).items()), tmp_path / "file"
    read = dict.fromkeys(dict(files), 0)
    for case in range(CASES):
        name, (mime, data) = files[case % len(files)]
        path.write_bytes(damaged(data, random.Random(case)))
        with suppress(Permanent, Skip), told(f"case {case}, {name}"):
            opened = open_media(path, mime, LIMIT)
            assert opened.frames or opened.text
            assert all(frame.image.mode == "RGB" and min(frame.image.size) > 0 for frame in opened.frames)
            read[name] += 1
    assert min(read.values()) > 0, read
