"""The benchmark's channel and its arithmetic: a wrong yardstick would praise a wrong archive."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from PIL import Image

from tests.bench.channel import compare
from tests.bench.channel_world import PHOTO_BYTES, SHAPES, expected, jpeg, small
from tests.bench.contenders import CONTENDERS, Run


def test_the_full_channel_has_2000_messages_and_1420_files() -> None:
    shape = SHAPES["full"]
    assert 4 * shape.albums + shape.photos + shape.documents + shape.texts == 2000
    assert 4 * shape.albums + shape.photos == 1400


@pytest.mark.parametrize("size", [66_000, 66_700, PHOTO_BYTES])
def test_photos_are_valid_pictures_of_their_exact_size_and_all_differ(size: int) -> None:
    pictures = [jpeg(seed, size) for seed in (1, 2)]
    assert {len(picture) for picture in pictures} == {size}
    assert pictures[0] != pictures[1]
    with Image.open(io.BytesIO(pictures[0])) as picture:
        picture.load()
        assert picture.format == "JPEG"


def test_albums_have_four_items_of_one_second_and_ids_of_both_signs() -> None:
    messages = small().channels[0].messages.values()
    groups = Counter(message.grouped_id for message in messages if message.grouped_id is not None)
    assert set(groups.values()) == {4}
    assert {group > 0 for group in groups} == {True, False}
    assert all(abs(group) < 2**63 for group in groups)
    assert len({m.date for m in messages if m.grouped_id == next(iter(groups))}) == 1


def test_every_kind_of_damage_is_counted() -> None:
    wanted = expected("small")
    files = [number for number, digest in wanted.files.items() if digest is not None]
    archive = dict(wanted.files)
    assert compare(CONTENDERS[0], Run(1.0, dict(archive)), wanted).right
    del archive[next(number for number, digest in wanted.files.items() if digest is None)]
    archive[files[0]] = None
    archive[files[1]] = archive[files[2]]
    score = compare(CONTENDERS[0], Run(1.0, archive), wanted)
    assert (score.missing_messages, score.missing_files, score.wrong_files) == (1, 1, 1)
    assert not score.right
