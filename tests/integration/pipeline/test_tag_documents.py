"""From a post and its readings to the tagger and to the events: all of it arrives, in its order and with its status."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.demo.world import TextEntity
from app.domain.flow import Call, Next
from app.domain.kinds import Step
from app.domain.messages import Entity
from app.domain.reading import Analysis
from app.ports import MediaInput
from tests.factories.messages import BROKEN, START, message, photo, sha256
from tests.integration.pipeline.database import enrichment, events, lineage, one, revision, rows
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import Flow, PictureReader


@dataclass
class Describing(PictureReader):
    """Also describes pictures, and reads some of them in part. told: by what a picture shows."""

    told: dict[str, str] = field(default_factory=dict)
    partial: set[str] = field(default_factory=set)

    def read(self, media: MediaInput) -> Analysis:
        """The words of a PictureReader, and a description."""
        found = super().read(media)
        shows = str(found.raw["comment"])
        read = found.reading.model_copy(update={"description": self.told.get(shows)})
        return found.model_copy(update={"reading": read, "status": "partial" if shows in self.partial else "ok"})


def reader(flow: Flow, **about: object) -> Describing:
    """The flow's pictures are read by such a reader from now on."""
    flow.drive.vision = flow.vision = made = Describing(**about)  # type: ignore[arg-type]
    return made


def _first(waiting: deque[Next], step: Step) -> Next:
    """The next call of that step, where one waits."""
    found = next((n for n, item in enumerate(waiting) if isinstance(item, Call) and item.step is step), 0)
    waiting.rotate(-found)
    item = waiting.popleft()
    waiting.rotate(found)
    return item


def test_an_edit_of_entities_alone_is_tagged_again(flow: Flow) -> None:
    """The letters stay: a word becomes a link. What the tagger reads is no longer what it read."""
    words = "Read this page"
    link = TextEntity("TextUrl", 5, 9, "https://example.org/")
    flow.post(message(1, words))
    flow.watch()
    flow.post(message(1, words, entities=(link,), edit_date=START + timedelta(hours=1)))
    flow.run()
    assert [entry[:3] for entry in lineage(1)] == [("initial", "initial", True), ("edit", "text_changed", True)]
    assert [document.entities for document in flow.tagger.calls] == [
        ((words, ()),),
        ((words, (Entity("text_url", 5, 9, "https://example.org/"),)),),
    ]
    moved = TextEntity("TextUrl", 5, 9, "https://example.com/")
    flow.post(message(1, words, entities=(moved,), edit_date=START + timedelta(hours=2)))
    flow.run()
    assert (revision(1), len(lineage(1))) == (3, 3), "only the address of the link is another"


def test_words_that_only_a_description_has_become_tags_and_are_found(flow: Flow) -> None:
    reader(flow, told={"scene": "A lighthouse beside a rowing boat"})
    flow.post(message(1, "", photo("scene")))
    flow.watch()
    assert flow.tagger.calls[-1].descriptions == ("A lighthouse beside a rowing boat",)
    tags = enrichment(1, "tags")
    assert tags is not None
    assert "lighthouse" in tags["tags"]
    assert one("SELECT count(*) FROM search_documents WHERE tsv @@ to_tsquery('russian', 'rowing')") == 1


def test_an_edit_of_words_and_picture_at_once_says_both(flow: Flow) -> None:
    """The words are there at once, so the edit comes first; the new picture is tagged when it has been read."""
    flow.post(message(1, "A cat on the roof", photo("cat")))
    flow.watch()
    flow.post(message(1, "A dog in the yard", photo("dog"), edit_date=START + timedelta(hours=1)))
    flow.run()
    assert [entry[:2] for entry in lineage(1)[2:]] == [("edit", "text_changed"), ("vision_retag", "features_changed")]


def test_words_and_readings_that_change_together_count_as_an_edit(flow: Flow) -> None:
    """The picture of the edit was known, so that its reading is there as soon as the words are."""
    flow.post(message(1, "A cat on the roof", photo("cat")), message(2, "A dog", dog := photo("dog")))
    flow.watch()
    flow.post(message(1, "A dog in the yard", dog, edit_date=START + timedelta(hours=1)))
    flow.drive.poll(pick=lambda waiting: _first(waiting, Step.MERGE))
    flow.drive.settle()
    passages = [entry[:3] for entry in lineage(1)[2:]]
    assert passages == [("edit", "text_changed", True)]


@pytest.mark.parametrize(
    ("partial", "status"), [(set(), "ok"), ({"cat"}, "partial"), ({"dog"}, "partial"), ({"cat", "dog"}, "partial")]
)
def test_a_file_that_was_read_in_part_shows_in_the_status(partial: set[str], status: str, flow: Flow) -> None:
    reader(flow, partial=partial)
    flow.post(message(1, "Both", photo("cat"), grouped_id=5), message(2, file=photo("dog"), grouped_id=5))
    flow.watch()
    assert rows("SELECT status, metadata->>'status' FROM post_enrichment WHERE kind = 'vision'") == [(status, status)]


@pytest.mark.parametrize("descending", [False, True])
def test_the_event_of_an_album_has_its_files_in_the_order_of_its_items(descending: bool, flow: Flow) -> None:
    """A subscriber pairs files with items by their place: not by name, and not by the time of their download."""
    photos = sorted((photo() for _ in range(4)), key=sha256, reverse=descending)
    photos.insert(1, photos[3])  # one file twice
    flow.post(*(message(number, file=file, grouped_id=5) for number, file in enumerate(photos, 1)))
    flow.watch()
    wanted = [sha256(file) for file in photos]
    assert rows("SELECT payload->'media_sha256_list' FROM outbox_events WHERE routing_key = 'posts.parsed'") == [
        (wanted,)
    ]
    vision = enrichment(1, "vision")
    assert vision is not None
    assert [(item["sha256"], item["message_ids"]) for item in vision["items"]] == [
        (wanted[0], [1]),
        (wanted[1], [2, 5]),
        (wanted[2], [3]),
        (wanted[3], [4]),
    ]


def test_a_file_that_did_not_come_leaves_the_others_in_order(flow: Flow) -> None:
    """posts.parsed names the files that arrived; one above the limit is not among them."""
    big = photo(data=BROKEN + bytes(300_000))
    files = [*sorted((photo(), photo()), key=sha256, reverse=True), big, photo()]
    flow.post(*(message(number, file=file, grouped_id=5) for number, file in enumerate(files, 1)))
    flow.watch()
    [(key, payload)] = rows("SELECT idempotency_key, payload FROM outbox_events WHERE routing_key = 'posts.parsed'")
    assert payload["media_sha256_list"] == [sha256(file) for file in files if file is not big]
    assert payload["media_roles"] == ["own"] * 3
    assert payload["grouped_id"] == 5
    assert (key, payload["revision"]) == (payload["idempotency_key"], 1)


def test_each_event_says_which_passage_made_it(flow: Flow) -> None:
    """Tags and index name their row of lineage; the reading names its version and features."""
    flow.post(message(1, "On the roof", photo("cat")))
    flow.watch()
    passages = [id_ for (id_,) in rows("SELECT id FROM tag_changes ORDER BY id")]
    tagged = rows(
        "SELECT (payload->>'tag_change_id')::int, payload->>'trigger', payload->'vision_version'"
        " FROM outbox_events WHERE routing_key = 'posts.tagged' ORDER BY id"
    )
    assert tagged == [(passages[0], "initial", None), (passages[1], "vision_retag", 1)]
    indexed = "SELECT (payload->>'tag_change_id')::int FROM outbox_events WHERE routing_key = 'posts.indexed'"
    assert rows(f"{indexed} ORDER BY id DESC LIMIT 1") == [(passages[1],)]
    vision, tags = enrichment(1, "vision"), enrichment(1, "tags")
    assert vision is not None
    assert tags is not None
    assert rows("SELECT payload->'features_hash' FROM outbox_events WHERE routing_key = 'posts.vision.analyzed'") == [
        (vision["features_hash"],)
    ]
    assert rows(
        "SELECT payload->'tags', payload->>'tags_hash' FROM outbox_events WHERE routing_key = 'posts.tagged'"
        " ORDER BY id DESC LIMIT 1"
    ) == [(tags["tags"], tags["tags_hash"])]
    assert one("SELECT d.content_hash = e.payload->>'content_hash' FROM search_documents d, outbox_events e"
               " WHERE e.routing_key = 'posts.indexed' ORDER BY e.id DESC LIMIT 1")  # fmt: skip
    assert [state for *_, state, _ in work_rows(Step.INDEX)] == ["done"]
    assert len(events("posts.indexed")) == len({key for *_, key in events("posts.indexed")})
