"""Frames of videos and animations: distinct ones over the whole length that show something, within bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.adapters.store.types import identify
from app.adapters.vision import animation, video
from app.adapters.vision.frames import Opened
from app.adapters.vision.media import open_media
from app.adapters.vision.moments import Moments, spread
from app.adapters.vision.shades import is_even
from tests.factories.films import SIZE, clip, even, moving, sticker, title, video_sticker
from tests.factories.pictures import texture

KINDS = ["GIF", "PNG", "WEBP", "AVIF"]
FIRST = {
    "black": even("black"),
    "blue": even("#0000ff"),
    "white": even("white"),
    "faded": Image.blend(even(), title(), 0.07),
}


def opened(path: Path, data: bytes | None = None) -> Opened:
    if data is not None:
        path.write_bytes(data)
    return open_media(path, identify(path).mime, 10**7)


def scenes(found: Opened) -> list[str]:
    """The ground of each frame in order: the names of `title`s in the tests."""
    names = {"#802020": "red", "#208020": "green", "#202080": "blue"}
    known = {name: np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)]) for code, name in names.items()}
    corners = [np.asarray(frame.image)[:5, :5].mean(axis=(0, 1)) for frame in found.frames]
    return [min(known, key=lambda name: float(np.abs(known[name] - corner).sum())) for corner in corners]


RED, GREEN, BLUE = (title(ground=ground) for ground in ("#802020", "#208020", "#202080"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", FIRST)
def test_an_empty_beginning_of_an_animation_hides_nothing(kind: str, first: str, tmp_path: Path) -> None:
    found = opened(tmp_path / "file", moving([FIRST[first]] * 2 + [RED, GREEN], kind))
    assert scenes(found)[-2:] == ["red", "green"]
    assert not any(is_even(frame.image) for frame in found.frames)
    assert (found.inspection.width, found.inspection.height, found.inspection.damaged) == (*SIZE, None)


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("gop", [1000, 5])
def test_an_empty_beginning_of_a_video_hides_nothing(gop: int, first: str, tmp_path: Path) -> None:
    found = opened(clip(tmp_path / "clip", [FIRST[first]] * 3 + [RED, GREEN], gop=gop))
    assert scenes(found)[-2:] == ["red", "green"]
    assert not any(is_even(frame.image) for frame in found.frames)


def test_a_video_with_one_keyframe_is_seen_over_its_whole_length(tmp_path: Path) -> None:
    assert scenes(opened(clip(tmp_path / "clip", [RED, GREEN, BLUE]))) == ["red", "green", "blue"]


@pytest.mark.parametrize("kind", KINDS)
def test_three_distinct_frames_of_many_are_in_order(kind: str, tmp_path: Path) -> None:
    frames = [RED] * 5 + [GREEN] * 10 + [even()] * 3 + [BLUE] * 2
    assert scenes(opened(tmp_path / "file", moving(frames, kind))) == ["red", "green", "blue"]


def test_equal_frames_are_one_and_a_new_word_makes_another(tmp_path: Path) -> None:
    assert len(opened(clip(tmp_path / "still", [RED], each=20)).frames) == 1
    captioned = RED.copy()
    captioned.paste(title("ой", ground="#802020").crop((30, 70, 90, 120)).resize((20, 16)), (370, 180))
    assert len(opened(clip(tmp_path / "clip", [RED, captioned])).frames) == 2


def test_a_film_without_anything_gives_even_frames_alone(tmp_path: Path) -> None:
    for path, data in (
        (clip(tmp_path / "clip", [even()]), None),
        (tmp_path / "gif", moving([even(), even("red")], "GIF")),
    ):
        found = opened(path, data)
        assert found.frames
        assert all(is_even(frame.image) for frame in found.frames)


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libvpx"])
def test_light_letters_of_a_video_sticker_lie_on_dark(codec: str, tmp_path: Path) -> None:
    frames = [sticker("white", text) for text in ("Доброе", "утро", "всем")]
    found = opened(video_sticker(tmp_path / "sticker", [frame for frame in frames for _ in range(3)], codec))
    assert len(found.frames) == 3
    for frame in found.frames:
        pixels = np.asarray(frame.image)
        assert pixels[:5, :5].max() < 40 < 200 < pixels.max()


def test_a_damaged_animation_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = moving([texture(60, 40, seed=seed) for seed in range(20)], "PNG")
    found = opened(tmp_path / "file", data[: len(data) // 2])
    assert len(found.frames) == 3
    assert found.inspection.damaged


def test_the_work_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames behind the bound are not decoded, however many there are."""
    monkeypatch.setattr(video, "DECODED", 8 * SIZE[0] * SIZE[1])
    monkeypatch.setattr(animation, "DECODED", 8 * SIZE[0] * SIZE[1])
    film = [RED] * 6 + [GREEN] * 10
    assert scenes(opened(clip(tmp_path / "clip", film, each=1))) == ["red", "green"]
    ticking = [RED.copy() for _ in range(9)]
    for number, frame in enumerate(ticking):  # equal frames would be one in the file
        frame.putpixel((200, 100), (number, number, number))
    assert scenes(opened(tmp_path / "webp", moving([*ticking, GREEN], "WEBP"))) == ["red"]


def test_a_later_frame_has_no_more_pixels_than_a_picture_may(tmp_path: Path) -> None:
    """The canvas of a GIF grows with its frames: this one to four gigabytes."""
    data = bytearray(moving([texture(10, 10), texture(10, 10, seed=1)], "GIF"))
    place = data.rindex(b"\x2c\0\0\0\0") + 5
    data[place : place + 4] = b"\xff" * 4
    found = opened(tmp_path / "file", bytes(data))
    assert [frame.image.size for frame in found.frames] == [(10, 10)]
    assert "4294836225 pixels: more than IMAGE_MAX_PIXELS" in (found.inspection.damaged or "")


def test_a_count_of_frames_that_lies_costs_nothing(tmp_path: Path) -> None:
    data = bytearray(moving([even(), RED, GREEN], "PNG"))
    place = data.index(b"acTL") + 4
    data[place : place + 4] = b"\x7f\xff\xff\xff"
    assert scenes(opened(tmp_path / "file", bytes(data))) == ["red", "green"]


def test_the_best_moments_are_kept_and_far_apart() -> None:
    moments = Moments()
    for second in range(12):
        moments.offer(second, even() if second % 2 else texture(64, 64, seed=second))
    assert moments.enough
    assert moments.weak
    assert [np.asarray(image).tolist() for image in moments.images] == [
        np.asarray(texture(64, 64, seed=second)).tolist() for second in (0, 4, 10)
    ]
    assert [round(place * 12) for place in spread(6)] == [0, 4, 8, 2, 6, 10]
