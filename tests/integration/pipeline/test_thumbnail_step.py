"""Thumbnails in the flow: made once for each picture, told where none can be, and again when they are lost."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app import wiring
from app.db import transaction
from app.demo.world import File
from app.domain.flow import Call
from app.domain.kinds import Step
from app.explain import explain, find
from app.pipeline.posts import thumbnails
from app.settings import get_settings
from app.status.fill_progress import FillProgress, thumbnails_progress
from app.status.overview import status
from tests.browsing import browsing
from tests.factories.files import typed_pdf
from tests.factories.messages import document, message, photo, sha256
from tests.factories.pictures import encoded, texture
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import place, quarantined, told, wrong

TREE = "thumbnails"


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def drawn(seed: int = 0) -> File:
    return photo(data=encoded(texture(600, 400, seed)))


def watched(flow: Flow, *files: File) -> None:
    flow.post(*[message(number, "", file) for number, file in enumerate(files, 1)])
    flow.watch()


def whole(file: File) -> bool:
    return wiring.thumbnails().whole(sha256(file))


def lose(file: File) -> None:
    """As a person with a broom; long after they were made."""
    assert wiring.thumbnails().remove(sha256(file))
    change("UPDATE work SET updated_at = now() - interval '11 minutes' WHERE step = 'thumbnail'")


def test_each_picture_has_thumbnails_once(flow: Flow) -> None:
    cat, dog = drawn(1), drawn(2)
    watched(flow, cat, dog, cat)
    assert whole(cat)
    assert whole(dog)
    assert [row[2:] for row in work(Step.THUMBNAIL)] == [("done", None)] * 2
    assert all(call.bulk for call in flow.done(Step.THUMBNAIL)), "behind live posts"
    with transaction() as session:
        assert status(session).stages[Step.THUMBNAIL].done == 2
        story = explain(session, find(session, "news/1"))
    [told_of] = [row for row in story.work if row["step"] == "thumbnail"]
    assert (told_of["sha256"], told_of["state"]) == (sha256(cat), "done")
    assert one("SELECT trace_id FROM work WHERE step = 'thumbnail' ORDER BY id LIMIT 1") == story.trace_id


def test_what_has_no_picture_ends_without_one(flow: Flow, page: httpx.Client) -> None:
    pdf = document(typed_pdf(get_settings().home / "typed", ["words"]).read_bytes(), mime="application/pdf")
    broken = photo(data=encoded(texture(600, 400))[:400])
    watched(flow, pdf, broken)
    [(_, _, state, reason)] = work(Step.THUMBNAIL)  # none for a document
    assert (state, reason.partition(":")[0]) == ("skipped", "not a picture that can be decoded")
    assert not whole(broken)
    assert "thumbnails" not in wrong(flow)
    assert page.get(f"/thumb/256/{sha256(broken)}").content == broken.read(), "a browser shows what it can"
    assert [row[2] for row in work(Step.THUMBNAIL)] == ["skipped"], "no look makes it due again"


def test_lost_thumbnails_come_back_after_a_look(flow: Flow, page: httpx.Client) -> None:
    cat = drawn()
    watched(flow, cat)
    assert page.get(f"/thumb/256/{sha256(cat)}").headers["content-type"] == "image/webp"
    lose(cat)
    assert page.get(f"/thumb/256/{sha256(cat)}").headers["content-type"] == "image/jpeg"
    assert [row[2] for row in work(Step.THUMBNAIL)] == ["due"]
    changed = "SELECT xmin FROM work WHERE step = 'thumbnail'"
    before = one(changed)
    for _ in range(3):
        page.get(f"/thumb/512/{sha256(cat)}")
    assert one(changed) == before, "more looks write nothing"
    flow.drive.settle()
    assert page.get(f"/thumb/256/{sha256(cat)}").headers["content-type"] == "image/webp"


def test_looks_at_a_thumbnail_that_is_nowhere_write_once_in_ten_minutes(flow: Flow, page: httpx.Client) -> None:
    """As where the page sees another directory than the workers."""
    cat = drawn()
    watched(flow, cat)
    wiring.thumbnails().remove(sha256(cat))
    for _ in range(3):
        assert page.get(f"/thumb/256/{sha256(cat)}").headers["content-type"] == "image/jpeg"
    assert [row[2] for row in work(Step.THUMBNAIL)] == ["done"]
    assert page.get(f"/thumb/256/{'0' * 64}").status_code == 404
    assert len(work(Step.THUMBNAIL)) == 1


def test_files_of_before_get_theirs_in_portions(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [drawn(n) for n in range(3)]
    watched(flow, *files)
    change("DELETE FROM work WHERE step = 'thumbnail'")
    change("INSERT INTO thumbnail_fill VALUES (1, 0)")
    for file in files:
        wiring.thumbnails().remove(sha256(file))
    monkeypatch.setattr(thumbnails, "FILLED", 2)
    ids = [row[0] for row in rows("SELECT id FROM media_files ORDER BY id")]
    assert "thumbnails" not in wrong(flow), "older files are no fault while the walk goes on"
    assert thumbnails.fill()
    with transaction() as session:
        assert thumbnails_progress(session) == FillProgress(ids[1], ids[2])
    assert len(work(Step.THUMBNAIL)) == 2
    change("INSERT INTO work (step, subject_id) VALUES ('thumbnail', 900)")
    assert thumbnails.fill(), "enough is due"
    assert len(work(Step.THUMBNAIL)) == 3
    change("DELETE FROM work WHERE subject_id = 900")
    while thumbnails.fill():
        pass
    flow.drive.settle()
    assert all(map(whole, files))
    with transaction() as session:
        assert thumbnails_progress(session) is None


def test_verify_names_and_mends_what_the_tree_lacks(flow: Flow) -> None:
    cat, dog, bird = drawn(1), drawn(2), drawn(3)
    watched(flow, cat, dog, bird)
    assert wrong(flow) == {}
    wiring.thumbnails().path(sha256(cat), 512).write_bytes(b"RIFF")
    change("DELETE FROM work WHERE step = 'thumbnail' AND subject_id = (SELECT id FROM media_files WHERE sha256 = :d)",
           d=sha256(dog))  # fmt: skip
    found = wrong(flow, repair=True)["thumbnails"]
    assert sorted(line.split(": ")[1] for line in found) == [
        "no work for its thumbnails",
        "not all of its thumbnails are whole",
    ]
    assert wrong(flow) == {}, "they are due"
    flow.drive.settle()
    assert whole(cat)
    assert wrong(flow) == {}


def test_thumbnails_go_with_their_file(flow: Flow) -> None:
    cat, dog = drawn(1), drawn(2)
    watched(flow, cat, dog)
    home = get_settings().home
    tree = home / TREE / sha256(dog)[:2] / sha256(dog)[2:4]
    stray = home / TREE / "ab" / "cc" / f"ab{'c' * 62}-256.webp"
    stray.parent.mkdir(parents=True)
    stray.write_bytes((tree / f"{sha256(dog)}-256.webp").read_bytes())
    assert wrong(flow, repair=True) == {
        "stray thumbnails": [f"thumbnails of {stray.name[:12]}: of a file without a row"]
    }
    assert not stray.exists()
    place(sha256(cat)).write_bytes(b"damaged")
    mended = told(flow, repair=True)
    assert (mended["files"].repaired, mended["thumbnails"].wrong) == (1, 0)
    assert quarantined() == [sha256(cat)]
    assert not whole(cat), "they might show the damaged bytes"
    assert whole(dog)
    flow.drive.settle()
    assert whole(cat), "with the file they came again"
    assert wrong(flow) == {}


def test_a_file_that_the_store_has_lost_is_tried_again(flow: Flow) -> None:
    cat = drawn()
    watched(flow, cat)
    lose(cat)
    place(sha256(cat)).rename(place(sha256(cat)).with_suffix(".away"))
    with transaction() as session:
        thumbnails.make_again(session, {row[0]: "image/jpeg" for row in work(Step.THUMBNAIL)})
    flow.drive.follow([Call(Step.THUMBNAIL, tuple((row[0], row[1]) for row in work(Step.THUMBNAIL)))])
    assert one("SELECT state FROM work WHERE step = 'thumbnail'") == "due"
    assert "the store has lost the file" in one("SELECT last_error FROM work WHERE step = 'thumbnail'")
