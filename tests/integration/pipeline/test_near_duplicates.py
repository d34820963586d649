"""A picture that was only encoded anew borrows the reading of its twin, where a setting says so, and that is told."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from app.demo.llm import Fault
from app.domain.images import phash_distance
from tests.integration.pipeline.paid import Bought, bought, readings, states
from tests.integration.pipeline.worlds import Flow, change, enrichment, message, one, photo, rows
from tests.unit.vision_pictures import PHOTOS


def copy(
    name: str = "coffee", *, quality: int = 90, side: int = 600, box: tuple[int, int, int, int] | None = None
) -> bytes:
    """One of the demo's photographs, encoded anew."""
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        picture = image.convert("RGB").crop(box) if box else image.convert("RGB")
    picture.thumbnail((side, side))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def plain(colour: str) -> bytes:
    """A picture of nothing but a colour: its perceptual hash says nothing."""
    stream = io.BytesIO()
    Image.new("RGB", (200, 150), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bought]:
    """A watched channel whose pictures are read for money, copies for nothing."""
    with bought(flow, monkeypatch) as made:
        made.connect("openai", VISION_BORROW_BITS=8)
        flow.watch()
        yield made


def post(bill: Bought, *pictures: bytes, first: int = 1) -> None:
    """A post for each picture, read one after another."""
    for number, data in enumerate(pictures, first):
        bill.flow.post(message(number, f"Post {number}", photo(data=data)))
        bill.flow.run()


def test_a_copy_costs_nothing_and_says_whose_reading_it_has(bill: Bought) -> None:
    post(bill, copy(), copy(quality=45, side=420), copy(quality=70, side=300))
    assert bill.chats == 1
    [(first, *_)] = rows("SELECT sha256 FROM media_files ORDER BY id LIMIT 1")
    found = rows("SELECT borrowed_from, borrowed_bits, tokens FROM media_vision ORDER BY id")
    assert found[0][:2] == (None, None)
    assert [(name, tokens) for name, _, tokens in found[1:]] == [(first, 0), (first, 0)]
    assert all(bits <= 8 for _, bits, _ in found[1:])
    described = [enrichment(number, "vision") for number in (1, 2, 3)]
    assert len({vision["items"][0]["description"] for vision in described if vision}) == 1
    assert one("SELECT count(DISTINCT width) FROM media_files") == 3, "what decoding shows is each file's own"


def altered(change: Callable[[Image.Image], Image.Image]) -> bytes:
    """The photograph, changed in a way that its perceptual hash hardly sees."""
    with Image.open(PHOTOS / "coffee.jpg") as image:
        picture = change(image.convert("RGB"))
    stream = io.BytesIO()
    picture.save(stream, "JPEG")
    return stream.getvalue()


def blue(image: Image.Image) -> Image.Image:
    """Red and blue change places: the same light and dark."""
    red, green, blue = image.split()
    return Image.merge("RGB", (blue, green, red))


def squeezed(image: Image.Image) -> Image.Image:
    """Other proportions: the hash is of a square anyway."""
    return image.resize((image.width, image.height * 3 // 4))


def test_what_only_the_hash_takes_for_a_copy_is_read_for_itself(bill: Bought) -> None:
    post(bill, copy(), altered(blue), altered(squeezed))
    hashes = [name for (name,) in rows("SELECT phash FROM media_files ORDER BY id")]
    assert all(phash_distance(hashes[0], other) <= 8 for other in hashes)
    assert bill.chats == 3


def test_other_pictures_are_read_for_themselves(bill: Bought) -> None:
    post(bill, copy(), copy("cat"), copy(box=(0, 0, 300, 390)), plain("#204080"), plain("#c03020"))
    assert bill.chats == 5
    assert one("SELECT count(*) FROM media_vision WHERE borrowed_from IS NOT NULL") == 0


def test_without_the_setting_nobody_borrows(bill: Bought) -> None:
    bill.patch.delenv("VISION_BORROW_BITS")
    bill.connect("openai")
    post(bill, copy(), copy(quality=45))
    assert bill.chats == 2


def test_another_recipe_has_readings_of_its_own(bill: Bought) -> None:
    post(bill, copy())
    bill.connect("openai", VISION_MAX_TOKENS=700)
    post(bill, copy(quality=45), copy(quality=60), first=2)
    assert bill.chats == 2


def test_copies_that_come_together_are_paid_once(bill: Bought) -> None:
    for number, quality in enumerate((90, 60, 40), 1):
        bill.flow.post(message(number, "", photo(data=copy(quality=quality)), grouped_id=77))
    bill.flow.run()
    assert bill.chats == 1
    assert states() == {"done": 3}
    vision = enrichment(1, "vision")
    assert vision is not None
    assert len(vision["items"]) == 3


def test_who_waits_for_a_twin_that_is_never_read_is_read_itself(bill: Bought) -> None:
    bill.server.faults.add(Fault("refusal"))
    post(bill, copy(), copy(quality=45))
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE state = 'due'")
    bill.flow.drive.settle()
    assert [status for status, *_ in readings()] == ["refused", "ok"]
    assert bill.chats == 2


def test_a_file_that_nobody_can_decode_is_no_copy_of_anything(bill: Bought) -> None:
    post(bill, copy(), copy()[:300])
    assert [status for status, *_ in readings()] == ["ok", "error"]
    assert bill.chats == 1
