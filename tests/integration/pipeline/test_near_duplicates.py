"""A picture that was only encoded anew borrows the reading of its twin, where a setting says so, and that is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from app.db import transaction
from app.demo.llm import Fault
from app.domain.flow import Key
from app.domain.kinds import REPROCESS, Step, Turn
from app.models import MediaFile
from app.pipeline.engine.external_runner import run_rows
from app.pipeline.engine.work import claim, enqueue
from app.pipeline.steps.analyze import analyze_media
from app.pipeline.steps.near_duplicates import NearDuplicateCheck
from app.pipeline.steps.read_file import ReadFile
from app.pipeline.vision.provider_chain import Chain
from tests.factories.messages import BROKEN, message, photo
from tests.factories.pictures import differing_bits, encoded, photograph
from tests.factories.rows import leased
from tests.integration.pipeline.database import change, enrichment, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.paid import Bought, bought, paying, postpone_reading, readings, states


def copy(
    name: str = "coffee", *, quality: int = 90, side: int = 600, box: tuple[int, int, int, int] | None = None
) -> bytes:
    """One of the demo's photographs, encoded anew."""
    picture = photograph(name).crop(box) if box else photograph(name)
    picture.thumbnail((side, side))
    return encoded(picture, quality=quality)


def plain(colour: str) -> bytes:
    """A picture of two colours alike: its perceptual hash says nothing, and it is not even enough to cost nothing."""
    image = Image.new("RGB", (200, 150), colour)
    red, green, blue = image.getpixel((0, 0))  # type: ignore[misc]
    image.paste((red, green, blue ^ 32), (100, 0, 200, 150))
    return encoded(image, "PNG")


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
    return encoded(change(photograph("coffee")))


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
    assert all(differing_bits(hashes[0], other) <= 8 for other in hashes)
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


def due(bill: Bought, *pictures: bytes) -> list[Key]:
    """The keys of pictures that nobody has looked at yet, in the order in which they were posted."""
    for number, data in enumerate(pictures, 1):
        bill.flow.post(message(number, "", photo(data=data)))
    postpone_reading(bill)
    return [(file, recipe) for file, recipe, *_ in work(Step.ANALYZE)]


def read(bill: Bought, *keys: Key) -> None:
    """A worker gets one message with these keys."""
    analyze_media([bill.open[-1]], bill.flow.drive.store, keys, bulk=True)


def goes_on(bill: Bought, key: Key) -> bool:
    """Looks at a picture: whether it may be paid for."""
    vision = bill.open[-1]
    with transaction() as session:
        chain = Chain(session, [vision])
    look = NearDuplicateCheck(ReadFile(chain.primary, vision, chain, bill.flow.drive.store, bulk=False), vision, 8)
    return key in run_rows(look, [key]).again


def look_again() -> None:
    """Whoever waits for a twin has waited long enough."""
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")


def begin_call(bill: Bought, key: Key) -> None:
    """Another worker looks at a picture and is in the middle of its call from now on."""
    assert goes_on(bill, key)
    with transaction() as session:
        [held] = claim(session, Step.ANALYZE, [key], 600.0)
        paying(bill).load(session, held)
    assert one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL") == 1


def spoil(bill: Bought, key: Key) -> None:
    """Whoever decodes the file from now on fails."""
    with transaction() as session:
        path = bill.flow.drive.store.path(session.get_one(MediaFile, key[0]).sha256)
    path.chmod(0o600)
    path.write_bytes(BROKEN)


def test_who_waits_for_a_twin_is_not_paid_behind_a_long_call(bill: Bought) -> None:
    bill.connect("openai", VISION_BORROW_BITS=8, VISION_TIMEOUT=4)  # longer than a copy waits
    twin, other, late = due(bill, copy(), copy("cat"), copy(quality=45))
    begin_call(bill, twin)
    bill.server.faults.add(Fault("hang"))
    read(bill, other, late)
    assert rows("SELECT work_id FROM token_ledger ORDER BY id") == [
        (one("SELECT id FROM work WHERE step = 'analyze' AND subject_id = :id", id=file),) for file, _ in (twin, other)
    ]


def test_a_picture_that_another_worker_looks_at_is_not_paid_unseen(bill: Bought) -> None:
    [key] = due(bill, copy())
    with transaction() as session:
        claim(session, Step.ANALYZE, [key], 600.0)
    assert not goes_on(bill, key)


def test_copies_in_one_message_are_paid_once_in_any_order(bill: Bought) -> None:
    read(bill, *reversed(due(bill, copy(), copy(quality=60), copy(quality=45))))
    assert bill.chats == 1
    assert states() == {"done": 3}, "nobody waits for what is known already"


def test_what_needs_no_look_is_paid_for(bill: Bought) -> None:
    [key] = due(bill, copy())
    change("UPDATE media_files SET mime = 'application/pdf'")
    assert goes_on(bill, key)


def test_the_first_of_copies_yields_to_nobody_who_only_looks(bill: Bought) -> None:
    keys = due(bill, copy(), copy(quality=60), copy(quality=45))
    assert [goes_on(bill, key) for key in keys] == [True, False, False]
    look_again()
    assert len(leased(Step.ANALYZE, keys[1:])) == 2
    assert goes_on(bill, keys[0])


def test_the_first_of_copies_yields_to_one_that_is_being_paid_for(bill: Bought) -> None:
    first, second = due(bill, copy(), copy(quality=45))
    begin_call(bill, second)
    assert not goes_on(bill, first)


def test_a_live_picture_does_not_wait_for_a_re_reading(bill: Bought) -> None:
    history, live = due(bill, copy(), copy(quality=45))
    assert goes_on(bill, history)
    change(
        "UPDATE work SET turn = :turn WHERE step = 'analyze' AND subject_id = :id", turn=Turn.REPROCESS, id=history[0]
    )
    assert goes_on(bill, live)
    assert not goes_on(bill, history), "but a re-reading waits for it"


def test_who_waits_is_decoded_once(bill: Bought) -> None:
    twin, late = due(bill, copy(), copy(quality=45))
    begin_call(bill, twin)
    assert not goes_on(bill, late)
    spoil(bill, late)
    look_again()
    assert not goes_on(bill, late)
    assert states() == {"due": 1, "leased": 1}


def test_what_an_earlier_recipe_saw_is_not_decoded_again(bill: Bought) -> None:
    post(bill, copy(), copy(quality=45))
    bill.connect("openai", VISION_MAX_TOKENS=700)
    with transaction() as session:
        version = Chain(session, [bill.open[-1]]).primary
        first, second = [(file, version) for file, *_ in work(Step.ANALYZE)]
        enqueue(session, Step.ANALYZE, [first, second], hint=0.0, asked=REPROCESS)
    spoil(bill, second)
    read(bill, first, second)
    assert [status for status, *_ in readings()] == ["ok"] * 4
    colours = rows("SELECT reading->'colours' FROM media_vision WHERE media_file_id = :id", id=second[0])
    assert len(colours) == 2
    assert colours[0] == colours[1]


def test_a_picture_borrows_from_pictures_only(bill: Bought) -> None:
    post(bill, copy())
    change("UPDATE media_files SET mime = 'video/mp4'")  # as if its first frame were that picture
    post(bill, copy(quality=45), first=2)
    assert bill.chats == 2
    assert one("SELECT count(*) FROM media_vision WHERE borrowed_from IS NOT NULL") == 0


def test_half_a_reading_stays_half_when_it_is_borrowed(bill: Bought) -> None:
    bill.server.faults.add(Fault("hopeless"))
    post(bill, copy(), copy(quality=45))
    assert [status for status, *_ in readings()] == ["partial", "partial"]
    assert one("SELECT count(*) FROM media_vision WHERE borrowed_from IS NOT NULL") == 1
