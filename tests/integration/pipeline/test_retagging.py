"""Tags follow the readings: through the gate, once, with a lineage that says why."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.db import transaction
from app.domain.kinds import Step
from app.errors import Permanent, Transient
from app.models import MediaFile, Publication
from app.pipeline.engine import work
from app.pipeline.vision import recipes
from app.reprocess.run import first_portion, tag_again
from tests.factories.messages import BROKEN, START, document, message, photo, sha256
from tests.integration.pipeline.database import change, enrichment, events, lineage, one, rows
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import Flow, PictureReader

INITIAL = ("initial", "initial", True)


def asked_again() -> int:
    """A `retag` of the one publication: rows that became due."""
    with transaction() as session:
        return tag_again(session, [(one("SELECT id FROM publications"), 1)])


def read_again(flow: Flow, reader: PictureReader, chain: list[PictureReader]) -> None:
    """Every file is read by another recipe, and what was read is merged."""
    flow.drive.vision, flow.drive.fallback = chain[0], chain[1:]
    with transaction() as session:
        recipes.activate(session, [member.recipe for member in chain])
        version = recipes.register(session, reader.recipe)
        files = session.scalars(select(MediaFile.id)).all()
        keys = [(p.id, p.revision) for p in session.scalars(select(Publication))]
        work.requeue(session, Step.ANALYZE, [(file, version) for file in files], hint=0.0)
        work.requeue(session, Step.MERGE, keys, hint=0.0)
    flow.drive.settle()


def tags(id: int = 1) -> list[str]:
    """The tags that a message resolves to."""
    found = enrichment(id, "tags")
    assert found is not None
    assert isinstance(found["tags"], list)
    return found["tags"]


@pytest.fixture
def cat(flow: Flow) -> Flow:
    """One message with a picture of a cat, tagged twice: before and after its reading."""
    flow.post(message(1, "On the roof", photo("cat")))
    flow.watch()
    assert [entry[:3] for entry in lineage(1)] == [INITIAL, ("vision_retag", "higher_version", True)]
    return flow


def test_a_higher_version_with_other_features_tags_again(cat: Flow) -> None:
    """1: re-tagging never ran: the version was written in one place and read in another."""
    better = PictureReader("better", sees={"cat": "lynx"})
    assert "cat" in tags()
    read_again(cat, better, [better, cat.vision])
    assert lineage(1)[2:] == [("vision_retag", "higher_version", True, ["lynx"], ["cat"])]
    assert "lynx" in tags()
    assert one("SELECT tag_list FROM search_documents") == tags()
    found = enrichment(1, "tags")
    assert found is not None
    assert found["tags_version"] == 2


def test_equal_features_move_the_version_and_call_nobody(cat: Flow) -> None:
    calls = len(cat.tagger.calls)
    better = PictureReader("better")
    before = tags()
    read_again(cat, better, [better, cat.vision])
    assert len(cat.tagger.calls) == calls
    assert lineage(1)[2:] == [("vision_retag", "same_input", False, [], [])]
    found = enrichment(1, "tags")
    assert found is not None
    assert (found["tags"], found["tags_version"]) == (before, 2)
    assert len(events("posts.tagged")) == 2, "nothing happened that anybody needs to hear of"


def test_the_same_version_and_features_do_nothing(cat: Flow) -> None:
    calls = len(cat.tagger.calls)
    read_again(cat, cat.vision, [cat.vision])
    assert (len(lineage(1)), len(cat.tagger.calls), len(cat.vision.calls)) == (2, calls, 1)
    assert len(events("posts.vision.analyzed")) == 1


def test_a_fallback_registered_later_never_outranks(cat: Flow) -> None:
    fallback = PictureReader("fallback", sees={"cat": "sofa"})
    calls = len(cat.tagger.calls)
    read_again(cat, fallback, [cat.vision, fallback])
    assert len(fallback.calls) == 1
    assert "cat" in tags()
    assert (len(lineage(1)), len(cat.tagger.calls)) == (2, calls)


def test_switching_back_and_forth_pays_nothing_again(cat: Flow) -> None:
    """Readings stay, each under its recipe."""
    better = PictureReader("better", sees={"cat": "lynx"})
    read_again(cat, better, [better, cat.vision])
    read_again(cat, cat.vision, [cat.vision, better])
    read_again(cat, better, [better, cat.vision])
    assert (len(cat.vision.calls), len(better.calls)) == (1, 1)
    assert "lynx" in tags()


def test_another_prompt_is_another_recipe(cat: Flow) -> None:
    """19: the cache key left out the prompt version, so old answers were taken for new ones."""
    asked_otherwise = PictureReader(prompt="1" * 64, sees={"cat": "lynx"})
    read_again(cat, asked_otherwise, [asked_otherwise, cat.vision])
    assert len(asked_otherwise.calls) == 1
    assert "lynx" in tags()


def test_the_features_of_all_items_count(flow: Flow) -> None:
    """8: only the first picture's reading was kept."""
    flow.post(*(message(i, file=photo(name), grouped_id=5) for i, name in enumerate(["cat", "dog", "horse"], 1)))
    flow.watch()
    assert {"cat", "dog", "horse"} <= set(tags(2))
    other = PictureReader("other", sees={"horse": "zebra"})
    read_again(flow, other, [other, flow.vision])
    assert lineage(1)[-1] == ("vision_retag", "higher_version", True, ["zebra"], ["horse"])


def test_a_long_text_still_carries_what_its_pictures_show(flow: Flow) -> None:
    """18: the prompt was cut to 1,000 characters, so long posts lost the vision part."""
    words = "The council discussed the new tram line along the river at length. " * 40
    flow.post(message(1, words, photo("giraffe", "platform seven")))
    flow.watch()
    document = flow.tagger.calls[-1]
    assert len(document.text) > 2_000
    assert document.ocr == ("platform seven",)
    assert "giraffe" in tags()


def test_initial_and_later_tags_are_told_apart(cat: Flow) -> None:
    """17: initial and re-tag events of one revision shared an idempotency key."""
    keys = [key for _, _, key in events("posts.tagged")]
    assert len(keys) == len(set(keys)) == 2
    told = "SELECT payload->>'trigger', payload->>'revision' FROM outbox_events WHERE routing_key = 'posts.tagged'"
    assert rows(told) == [("initial", "1"), ("vision_retag", "1")]


def test_lineage_names_what_came_and_went(cat: Flow) -> None:
    assert lineage(1)[0][3] == sorted(set(lineage(1)[0][3])), "sorted, unique"
    added, removed = set(lineage(1)[0][3]) | set(lineage(1)[1][3]), set(lineage(1)[1][4])
    assert sorted(added - removed) == tags()


def test_a_person_asks_and_equal_input_costs_nothing(cat: Flow) -> None:
    calls = len(cat.tagger.calls)
    assert asked_again() == 1
    cat.drive.settle()
    assert lineage(1)[-1][:3] == ("manual", "same_input", False)
    assert len(cat.tagger.calls) == calls


def test_a_wish_survives_a_tagger_that_stumbles(flow: Flow) -> None:
    flow.post(message(1, "Bridges of the old town"))
    flow.watch()
    change('UPDATE post_enrichment SET metadata = metadata || \'{"tagger_input_hash": "of another tagger"}\'')
    flow.tagger.failures = [Transient("busy", 0.0)]
    assert asked_again() == 1
    flow.drive.follow(first_portion(Step.TAG))
    flow.drive.settle()
    assert [entry[:3] for entry in lineage(1)] == [INITIAL, ("manual", "asked", True)]


def test_one_bad_document_takes_no_neighbour(flow: Flow) -> None:
    flow.post(*(message(i, f"Bridges of the old town, part {i}") for i in range(1, 5)))
    flow.tagger.failures = [Permanent("this one cannot be tagged")]
    flow.watch()
    assert one("SELECT count(*) FROM tag_changes") == 3
    assert [row[2] for row in work_rows(Step.TAG)].count("dead") == 1


# Readings that fail, or are taken away


def test_an_unreadable_file_is_a_fact_about_the_file(flow: Flow) -> None:
    flow.post(
        message(1, "Two pictures", photo(data=BROKEN), grouped_id=5),
        message(2, file=photo("cat"), grouped_id=5),
        message(9, "One picture", photo(data=BROKEN + b"!")),
    )
    flow.watch()
    assert sorted(row[2:] for row in work_rows(Step.ANALYZE)) == [
        ("done", None),
        ("skipped", "this is no picture"),
        ("skipped", "this is no picture"),
    ]
    assert one("SELECT count(*) FROM media_files WHERE damaged = 'this is no picture'") == 2
    assert "cat" in tags(1)
    assert [entry[:3] for entry in lineage(9)] == [INITIAL]
    assert one("SELECT count(*) FROM search_documents") == 2


def test_a_reader_that_stumbles_is_asked_again(flow: Flow) -> None:
    flow.vision.failures = {"cat": [Transient("busy", 0.0)]}
    flow.post(message(1, "A cat", photo("cat")))
    flow.watch()
    assert len(flow.vision.calls) == 2
    assert "cat" in tags()


def test_a_reader_that_gives_up_keeps_nobody_waiting(flow: Flow) -> None:
    """8: what could not be read kept the album open for ever."""
    flow.vision.failures = {"cat": [Transient("busy", 0.0)] * 9}
    flow.post(message(1, "Both", photo("cat"), grouped_id=5), message(2, file=photo("dog"), grouped_id=5))
    flow.watch()
    assert sorted(row[2] for row in work_rows(Step.ANALYZE)) == ["dead", "done"]
    assert "dog" in tags()


def test_without_vision_everything_else_goes_on(flow: Flow) -> None:
    flow.drive.vision = None
    flow.post(message(1, "A cat on the roof", photo("lynx")))
    flow.watch()
    assert [entry[:3] for entry in lineage(1)] == [INITIAL]
    assert work_rows(Step.ANALYZE) == []
    assert one("SELECT count(*) FROM media_files") == 1
    assert rows("SELECT count(*) FROM vision_versions") == [(0,)]


def test_files_without_a_reader_await_nothing(flow: Flow) -> None:
    flow.post(message(1, "A report", document(b"Quarterly figures", mime="text/plain")))
    flow.watch()
    assert work_rows(Step.ANALYZE) == []
    assert [entry[:3] for entry in lineage(1)] == [INITIAL]


@pytest.mark.parametrize("swapped", ["broken", "nothing", "no reader"])
def test_what_an_edit_took_away_is_tagged_no_longer(cat: Flow, swapped: str) -> None:
    file = {"broken": photo(data=BROKEN), "no reader": document(b"Figures", mime="text/plain")}.get(swapped)
    cat.post(message(1, "On the roof", file, edit_date=START))
    cat.run()
    assert "cat" not in tags()
    assert enrichment(1, "vision") is None
    assert lineage(1)[-1][:3] == ("vision_retag", "features_changed", True)
    assert one("SELECT labels FROM search_documents") == ""
    assert one("SELECT count(*) FROM media_vision WHERE reading IS NOT NULL") == 1, "the reading itself is kept"


def test_a_file_of_two_publications_is_read_once_for_both(flow: Flow) -> None:
    shared = photo("cat")
    flow.post(message(1, "First", shared))
    flow.watch()
    flow.post(message(2, "Second", shared))
    flow.run()
    assert flow.vision.calls == [sha256(shared)]
    assert "cat" in tags(1)
    assert "cat" in tags(2)
