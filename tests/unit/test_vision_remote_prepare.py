"""What leaves the machine: JPEG, small, without metadata."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from app.adapters.vision.remote.decoder import Decoder, Limits, Prepared
from app.adapters.vision.remote.prepare import prepare
from app.domain.text_layers import Trust
from app.errors import Permanent, Skip, Transient
from app.ports import MediaInput
from tests.factories.files import stored, typed_pdf
from tests.factories.heic_files import heic, words
from tests.factories.pictures import ENGLISH, encoded, photograph

SECONDS = 20.0  # for a file
LIMITS = Limits(max_side=640, max_pixels=10**6, max_bytes=10**6)


def prepared(path: Path, mime: str, *, side: int = 1280, size: int = 15_000_000) -> Prepared:
    """With the limits of an unconfigured installation."""
    return prepare(stored(path, mime), Limits(side, max_pixels=100_000_000, max_bytes=size))


def sent(data: bytes) -> Image.Image:
    """A picture as it was sent."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_pictures_are_shrunk_in_colour_and_small_ones_kept(tmp_path: Path) -> None:
    for name, size, kind in (("large", (3000, 1500), "JPEG"), ("small", (300, 200), "PNG")):
        image = Image.new("RGB", size, "#c03020")
        image.paste("white", (size[0] // 2, size[1] // 2, *size))
        (tmp_path / name).write_bytes(encoded(image, kind))
    large, small = (sent(prepared(tmp_path / name, "image/jpeg").pictures[0]) for name in ("large", "small"))
    assert (large.format, large.mode, large.size) == ("JPEG", "RGB", (1280, 640))
    assert small.size == (300, 200)
    pixel = large.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert all(abs(a - b) <= 4 for a, b in zip(pixel, (0xC0, 0x30, 0x20), strict=True))


def test_the_place_of_a_photograph_stays_here_and_its_turn_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "taken at home"
    (tmp_path / "file").write_bytes(encoded(photograph("cat").resize((400, 300)), "JPEG", exif=exif))
    data = prepared(tmp_path / "file", "image/jpeg").pictures[0]
    assert b"taken at home" not in data
    assert dict(sent(data).getexif()) == {}
    assert sent(data).size == (300, 400)


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    image.paste("black", (30, 30, 50, 50))
    (tmp_path / "file").write_bytes(encoded(image, "WEBP"))
    assert sent(prepared(tmp_path / "file", "image/webp").pictures[0]).getpixel((5, 5)) == (255, 255, 255)


def test_the_same_file_is_sent_as_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("coffee"), "WEBP"))
    assert prepared(tmp_path / "file", "image/webp") == prepared(tmp_path / "file", "image/webp")


def test_pages_come_with_the_text_that_they_hold(tmp_path: Path) -> None:
    found = prepared(typed_pdf(tmp_path / "typed", [ENGLISH, "The second page.", "3", "4"]), "application/pdf")
    assert len(found.pictures) == 3
    told = [(layer.page, layer.trust, layer.shown) for layer in found.facts.layers]
    # The third page has nothing but a number; of the fourth one the text alone is read.
    assert told == [(1, Trust.WHOLE, True), (2, Trust.WHOLE, True), (4, Trust.WHOLE, False)]
    assert found.facts.layers[1].text.strip() == "The second page."
    assert found.facts.shown == 3
    assert found.facts.inspection.pages == 4


def test_what_is_larger_than_the_provider_takes_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("coffee")))
    with pytest.raises(Skip, match="VISION_MAX_SIDE"):
        prepared(tmp_path / "file", "image/jpeg", size=1000)


def test_long_texts_are_sent_in_part_and_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("слово " * 5000)
    found = prepared(tmp_path / "file", "text/plain")
    assert 5_900 < len(found.text or "") <= 6_000
    assert re.search(r"\(\.\.\. \d{5} characters left out", found.text or "")
    assert len(found.facts.text or "") > 29_000


def test_heic_becomes_a_jpeg(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(heic(words()))
    found = prepared(tmp_path / "file", "image/heic")
    (picture,) = map(sent, found.pictures)
    assert (picture.format, picture.size) == ("JPEG", (800, 400))
    assert (found.facts.inspection.width, found.facts.inspection.height) == (800, 400)


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    """A decoder with a child of its own."""
    made = Decoder()
    yield made
    made.close()


@pytest.fixture
def stuck(tmp_path: Path) -> MediaInput:
    """A file that takes for ever: opening a pipe without a writer."""
    os.mkfifo(tmp_path / "pipe")
    return MediaInput(tmp_path / "pipe", "0" * 64, "image/jpeg")


def test_the_child_brings_the_same_as_decoding_here(decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("cat")))
    media = stored(tmp_path / "file", "image/jpeg")
    assert decoder.prepare(media, LIMITS, SECONDS) == prepare(media, LIMITS)
    (tmp_path / "text").write_text("Текст")
    text = stored(tmp_path / "text", "text/plain")
    assert decoder.prepare(text, LIMITS, SECONDS) == prepare(text, LIMITS)


def test_errors_cross_over_and_the_child_lives_on(decoder: Decoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("cat")))
    with pytest.raises(Skip, match="IMAGE_MAX_PIXELS=10"):
        decoder.prepare(stored(tmp_path / "file", "image/jpeg"), Limits(640, 10, 10**6), SECONDS)
    pid = decoder.pid
    (tmp_path / "noise").write_bytes(b"\x00\x01 nothing that any decoder knows " * 40)
    with pytest.raises(Permanent, match="not a video"):
        decoder.prepare(stored(tmp_path / "noise", "video/mp4"), LIMITS, SECONDS)
    with pytest.raises(Transient, match="FileNotFoundError"):
        decoder.prepare(MediaInput(tmp_path / "gone", "0" * 64, "text/plain"), LIMITS, SECONDS)
    assert decoder.pid == pid


def test_a_file_that_kills_the_child_takes_nobody_along(decoder: Decoder, stuck: MediaInput, tmp_path: Path) -> None:
    killer = threading.Thread(target=_kill_soon, args=(decoder,))
    killer.start()
    with pytest.raises(Transient, match="decoder died"):
        decoder.prepare(stuck, LIMITS, SECONDS)
    killer.join()
    (tmp_path / "file").write_bytes(encoded(photograph("cat")))
    assert decoder.prepare(stored(tmp_path / "file", "image/jpeg"), LIMITS, SECONDS).pictures


def test_a_file_that_takes_for_ever_is_given_up(stuck: MediaInput) -> None:
    impatient = Decoder()
    with pytest.raises(Transient, match="too long"):
        impatient.prepare(stuck, LIMITS, 0.5)
    assert impatient.pid is None


def test_nobody_waits_for_the_decoder_longer_than_for_a_file(
    decoder: Decoder, stuck: MediaInput, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(encoded(photograph("cat")))
    media = stored(tmp_path / "file", "image/jpeg")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(decoder.prepare, stuck, LIMITS, 4.0)
        while decoder.pid is None:
            time.sleep(0.01)
        with pytest.raises(Transient, match="the decoder is busy") as raised:
            decoder.prepare(media, LIMITS, 0.3)
        assert (raised.value.charge, raised.value.retry_after) == (False, 5)
        assert not slow.done()
        with pytest.raises(Transient, match="too long"):
            slow.result()
    assert decoder.prepare(media, LIMITS, SECONDS).pictures


PARENT = """
import sys, time
from pathlib import Path
from app.adapters.vision.remote.decoder import Decoder, Limits
from app.ports import MediaInput

decoder = Decoder()
decoder.prepare(MediaInput(Path(sys.argv[1]), "0" * 64, "text/plain"), Limits(640, 10**6, 10**6), 20.0)
print(decoder.pid, flush=True)
time.sleep(60)
"""


def test_the_child_ends_with_a_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("words")
    command = [sys.executable, "-c", PARENT, str(tmp_path / "text")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _lives(pid)
        parent.kill()
    deadline = time.monotonic() + 60
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    """Whether the process runs; a dead one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _kill_soon(decoder: Decoder) -> None:
    while decoder.pid is None:
        time.sleep(0.01)
    os.kill(decoder.pid, signal.SIGKILL)
