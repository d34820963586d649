"""The step that tags: what it stores of each passage, what follows from it, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.db import transaction
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.flow import Call
from app.domain.kinds import REPROCESS, Classification, Step
from app.domain.tags import tags_hash
from app.errors import Permanent
from app.models import Publication
from app.observe import files
from app.observe.agreement import total
from app.pipeline.engine import work
from app.pipeline.posts import enrichment
from app.pipeline.steps.tag import tag_publications
from app.pipeline.vision import recipes
from app.ports import TagInput
from app.settings import Settings
from tests.factories import rows
from tests.factories.readings import recipe
from tests.integration.pipeline.database import change, events, one
from tests.integration.pipeline.database import rows as read
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import elsewhere, moved_on

FEATURES, OTHER = "a" * 64, "b" * 64
TRACE = "f" * 32


@dataclass
class Words:
    """A tagger: each word of the text and each label is a tag. calls: the documents that it was asked about."""

    version: str = "words 1"
    vocabulary: str = "terms 1"
    calls: list[TagInput] = field(default_factory=list)

    def tag(self, document: TagInput) -> list[str]:
        """The words."""
        self.calls.append(document)
        return sorted({*document.text.split(), *document.labels})


@pytest.fixture
def tagger() -> Words:
    """One that works."""
    return Words()


@pytest.fixture
def post(settings: Settings) -> int:
    """A publication with two words, in a channel read by versions 2 (the primary) and 1; its id."""
    with transaction() as session:
        recipes.register(session, recipe("fallback"))
        recipes.activate(session, [recipe("primary"), recipe("fallback")])
        assert recipes.chain(session) == [2, 1]
    return posted("old harbour")


def posted(text: str) -> int:
    """A publication; its id."""
    with transaction() as session:
        number = one("SELECT count(*) FROM channels")
        made = rows.publication(session, rows.channel(session, f"@news{number}").id, text=text, trace_id=TRACE)
        rows.post(session, made, leads=True, text=text)
        return made.id


def sees(publication: int, *labels: str, version: int = 2, features: str = FEATURES) -> None:
    """Its pictures have been read and merged."""
    about = {"sha256": "c" * 64, "message_ids": [1], "classification": Classification.PHOTO}
    item = ItemVision(**about, vision_version=version, labels=list(labels))
    vision = VisionMetadata(vision_version=version, features_hash=features, revision=1, items=[item])
    with transaction() as session:
        lead = session.get_one(Publication, publication).lead_post_id
        assert lead is not None
        enrichment.write_all(session, {lead: vision})


def tag(
    tagger: Words, *publications: int, bulk: bool = False, revision: int = 1, asked: str | None = None
) -> Sequence[object]:
    """The step, for publications that are due; the calls that follow."""
    keys = [(id_, revision) for id_ in publications]
    change("UPDATE work SET state = 'done' WHERE step = 'index'")
    with transaction() as session:
        traces = dict.fromkeys(publications, TRACE)
        work.requeue(session, Step.TAG, keys, hint=0.0, asked=asked, traces=traces)
    return tag_publications(tagger, keys, bulk=bulk)


def stored(publication: int) -> TagsMetadata:
    """The present tags."""
    with transaction() as session:
        found = enrichment.read(session, session.get_one(Publication, publication), TagsMetadata)
    assert found is not None
    return found


PASSAGES = (
    "SELECT trigger, reason, called_tagger, from_version, to_version, from_features, to_features, added, removed"
    " FROM tag_changes WHERE publication_id = :id ORDER BY id"
)


def index_due() -> list[tuple[int, int]]:
    """(publication, revision) whose index is due."""
    found = read("SELECT subject_id, revision FROM work WHERE step = 'index' AND state = 'due' ORDER BY 1")
    return [(subject, revision) for subject, revision in found]


@pytest.mark.parametrize("bulk", [False, True])
def test_first_tags_are_stored_with_all_that_they_were_made_from(bulk: bool, post: int, tagger: Words) -> None:
    [call] = tag(tagger, post, bulk=bulk)
    found = stored(post)
    assert (found.tags, found.tags_hash, found.status) == (["harbour", "old"], tags_hash(["harbour", "old"]), "ok")
    assert (found.tagger_version, found.vocabulary, found.trigger) == ("words 1", "terms 1", "initial")
    assert (found.tags_version, found.features_hash, found.revision) == (None, None, 1)
    assert read(PASSAGES, id=post) == [("initial", "initial", True, None, None, None, None, ["harbour", "old"], [])]
    kept = "SELECT tagger_version, vocabulary, tagger_input_hash, problems, tokens, revision FROM tag_changes"
    assert read(kept) == [("words 1", "terms 1", found.tagger_input_hash, [], 0, 1)]
    assert call == Call(Step.INDEX, ((post, 1),), bulk=bulk)
    assert isinstance(call, Call)
    assert call.trace_id == TRACE
    assert index_due() == [(post, 1)]
    assert read("SELECT trace_id FROM work WHERE step = 'index'") == [(TRACE,)]
    assert work_rows(Step.TAG) == [(post, 1, "done", "initial")]
    [(told, revision, key)] = events("posts.tagged")
    assert (told, revision) == (post, 1)
    assert key == f"PostTaggedV1:{post}:1:{one('SELECT id FROM tag_changes')}"


def test_a_reading_changes_tags_and_the_passage_says_from_where_to_where(post: int, tagger: Words) -> None:
    tag(tagger, post)
    sees(post, "boat", version=1)
    tag(tagger, post)
    sees(post, "gull", version=2, features=OTHER)
    tag(tagger, post)
    assert stored(post).tags == ["gull", "harbour", "old"]
    assert read(PASSAGES, id=post)[1:] == [
        ("vision_retag", "higher_version", True, None, 1, None, FEATURES, ["boat"], []),
        ("vision_retag", "higher_version", True, 1, 2, FEATURES, OTHER, ["gull"], ["boat"]),
    ]
    assert [(reason, state) for *_, state, reason in work_rows(Step.TAG)] == [("higher_version", "done")]
    assert len(events("posts.tagged")) == 3


def test_words_and_reading_that_changed_together_are_one_passage_for_the_edit(post: int, tagger: Words) -> None:
    sees(post, "boat", version=1)
    tag(tagger, post)
    sees(post, "gull", version=2, features=OTHER)
    change("UPDATE posts SET text = 'new quay'")
    change("UPDATE publications SET text = 'new quay'")
    tag(tagger, post)
    assert read(PASSAGES, id=post)[1:] == [
        ("edit", "text_changed", True, 1, 2, FEATURES, OTHER, ["gull", "new", "quay"], ["boat", "harbour", "old"])
    ]
    assert stored(post).trigger == "edit"


def test_equal_input_of_a_higher_version_moves_the_version_alone(post: int, tagger: Words) -> None:
    sees(post, "boat", version=1)
    tag(tagger, post)
    before = stored(post)
    sees(post, "boat", version=2)
    assert tag(tagger, post) == [Call(Step.INDEX, ((post, 1),))]
    assert len(tagger.calls) == 1
    after = stored(post)
    assert after == before.model_copy(update={"tags_version": 2, "trigger": "vision_retag"})
    assert read(PASSAGES, id=post)[1:] == [("vision_retag", "same_input", False, 1, 2, FEATURES, FEATURES, [], [])]
    assert len(events("posts.tagged")) == 1, "the tags are the same"


def test_behind_a_shut_gate_only_the_index_is_made_anew(post: int, tagger: Words) -> None:
    """Its document may have changed: a file name, the moment of its deletion."""
    tag(tagger, post)
    before, passages = stored(post), read(PASSAGES, id=post)
    assert tag(tagger, post) == [Call(Step.INDEX, ((post, 1),))]
    assert index_due() == [(post, 1)]
    assert (stored(post), read(PASSAGES, id=post), len(tagger.calls)) == (before, passages, 1)
    assert work_rows(Step.TAG) == [(post, 1, "done", "the gate is shut: nothing new")]


def test_a_person_who_asks_gets_tags_of_the_present_tagger(post: int, tagger: Words) -> None:
    tag(tagger, post)
    newer = Words("words 2")
    tag(newer, post)
    assert newer.calls == [], "another tagger alone opens no gate"
    tag(newer, post, asked=REPROCESS)
    assert len(newer.calls) == 1
    assert [row[:3] for row in read(PASSAGES, id=post)][1:] == [("manual", "asked", True)]
    assert stored(post).tagger_version == "words 2"


def test_an_older_revision_is_not_tagged(post: int, tagger: Words) -> None:
    other = posted("quiet quay")
    change("UPDATE publications SET revision = 2 WHERE id = :id", id=post)
    assert tag(tagger, post, other) == [Call(Step.INDEX, ((other, 1),))]
    assert [document.text for document in tagger.calls] == ["quiet quay"]
    assert index_due() == [(other, 1)]
    assert [row[2:] for row in work_rows(Step.TAG)] == [("skipped", "superseded"), ("done", "initial")]


def test_a_revision_that_ends_while_it_is_tagged_stores_nothing(post: int) -> None:
    other = posted("quiet quay")

    class Slow(Words):
        def tag(self, document: TagInput) -> list[str]:
            elsewhere(lambda: change("UPDATE publications SET revision = 2 WHERE id = :id", id=post))
            return super().tag(document)

    tag(slow := Slow(), post, other)
    assert len(slow.calls) == 2
    assert read("SELECT publication_id FROM tag_changes") == [(other,)]
    assert index_due() == [(other, 1)]
    assert [publication for publication, _, _ in events("posts.tagged")] == [other]
    assert [row[2:] for row in work_rows(Step.TAG)] == [("skipped", "superseded"), ("done", "initial")]


def test_a_publication_cannot_move_on_while_its_tags_are_written(post: int) -> None:
    with ExitStack() as stack:
        met: list[list[str]] = []

        class Watched(Words):
            def tag(self, document: TagInput) -> list[str]:
                met.append(stack.enter_context(moved_on(post)))
                return super().tag(document)

        tag(Watched(), post)
    assert met == [["LockNotAvailable"]]
    assert stored(post).tags == ["harbour", "old"]


def not_called(counts: Path) -> dict[str, float]:
    """Later taggings without a call of the tagger or without an effect, by their reasons."""
    reasons = ("same_input", "gate_shut", "superseded", "refused")
    found = {why: total(files.merged(counts), "retagging_skipped_total", {"reason": why}) for why in reasons}
    return {why: number for why, number in found.items() if number}


def test_later_taggings_without_a_call_are_counted_by_their_reasons(post: int, tagger: Words, counts: Path) -> None:
    sees(post, "boat", version=1)
    tag(tagger, post)
    assert not_called(counts) == {}, "a first one counts as its step alone"
    for _ in range(3):
        tag(tagger, post)
    assert not_called(counts) == {"gate_shut": 3}
    sees(post, "boat", version=2)
    tag(tagger, post)
    assert not_called(counts) == {"gate_shut": 3, "same_input": 1}
    change("UPDATE publications SET revision = 2 WHERE id = :id", id=post)
    tag(tagger, post, posted("never tagged before"))
    assert not_called(counts) == {"gate_shut": 3, "same_input": 1, "superseded": 1}


def test_tags_that_came_too_late_for_an_edit_are_counted(post: int, tagger: Words, counts: Path) -> None:
    tag(tagger, post)
    sees(post, "boat")

    class Slow(Words):
        def tag(self, document: TagInput) -> list[str]:
            elsewhere(lambda: change("UPDATE publications SET revision = 2 WHERE id = :id", id=post))
            return super().tag(document)

    tag(Slow(), post)
    assert not_called(counts) == {"superseded": 1}
    assert stored(post).tags == ["harbour", "old"]


def test_a_post_that_cannot_be_tagged_is_indexed_with_what_there_is(post: int) -> None:
    class Broken(Words):
        def tag(self, document: TagInput) -> list[str]:
            raise Permanent("this one cannot be tagged")

    assert tag(Broken(), post) == [Call(Step.INDEX, ((post, 1),))]
    assert index_due() == [(post, 1)]
    assert [row[2] for row in work_rows(Step.TAG)] == ["dead"]
    assert read("SELECT count(*) FROM tag_changes") == [(0,)]


def test_each_of_a_batch_has_its_own_tags_and_lineage(post: int, tagger: Words) -> None:
    ids = [post, posted("quiet quay"), posted("boat")]
    sees(ids[2], "gull")
    tag(tagger, *ids)
    assert [stored(id_).tags for id_ in ids] == [["harbour", "old"], ["quay", "quiet"], ["boat", "gull"]]
    assert read("SELECT publication_id, added FROM tag_changes ORDER BY publication_id") == [
        (ids[0], ["harbour", "old"]),
        (ids[1], ["quay", "quiet"]),
        (ids[2], ["boat", "gull"]),
    ]
    lines = "SELECT publication_id, id FROM tag_changes ORDER BY 1"
    told = "SELECT publication_id, (payload->>'tag_change_id')::int FROM outbox_events ORDER BY 1"
    assert read(told) == read(lines)
