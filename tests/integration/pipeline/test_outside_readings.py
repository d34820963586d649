"""Which events of readings make work due: rows decide, and late, foreign, doubled and lower ones touch nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from app.db import transaction
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Next
from app.domain.kinds import State, Step
from app.models import PostEnrichment, Publication, Work
from app.pipeline.posts import enrichment
from app.pipeline.steps.retag import vision_analyzed
from app.pipeline.vision import recipes
from app.settings import Settings
from tests.factories import rows
from tests.factories.readings import recipe
from tests.integration.pipeline.database import change
from tests.integration.pipeline.database import rows as read

HASH, OTHER = "a" * 64, "b" * 64
REVISION = 3


@dataclass
class Known:
    """A publication at its third revision. The primary is version 1, its fallback 2; version 3 is outside of the chain.

    Vision and tags are of the primary's reading with HASH.
    """

    publication: int

    def hears(self, version: int = 1, features: str = HASH, revision: int = REVISION) -> list[Next]:
        """The calls that follow from an event."""
        with transaction() as session:
            return vision_analyzed(session, self.publication, revision, version, features)

    def due(self) -> list[tuple[str, int, int]]:
        """(step, revision, attempts) of the work that is due."""
        found = read("SELECT step, revision, attempts FROM work WHERE state = 'due' ORDER BY id")
        return [(step, revision, attempts) for step, revision, attempts in found]

    def call(self, step: Step) -> list[Next]:
        """The one message that makes the step begin."""
        return [Call(step, ((self.publication, REVISION),))]


@pytest.fixture
def known(settings: Settings) -> Known:
    """All that the publication has so far is done."""
    with transaction() as session:
        recipes.activate(session, [recipe("primary"), recipe("fallback")])
        recipes.register(session, recipe("another"))
        made = rows.publication(session, rows.channel(session).id, revision=REVISION, trace_id="f" * 32)
        lead = rows.post(session, made, leads=True).id
        vision = VisionMetadata(vision_version=1, features_hash=HASH, revision=REVISION)
        enrichment.write_all(session, {lead: vision})
        enrichment.write_all(session, {lead: tags()})
        session.add_all(
            Work(step=step, subject_id=made.id, revision=REVISION, state=State.DONE) for step in (Step.MERGE, Step.TAG)
        )
        return Known(made.id)


def tags(version: int | None = 1, features: str | None = HASH) -> TagsMetadata:
    """Tags made from this reading."""
    return TagsMetadata(
        tags=["cat"],
        tags_hash=HASH,
        tags_version=version,
        features_hash=features,
        text_hash="t",
        tagger_version="v",
        tagger_input_hash="i",
        revision=REVISION,
        trigger="initial",
    )


def had(known: Known, *metadata: TagsMetadata) -> None:
    """The publication has these tags instead, or none."""
    change("DELETE FROM post_enrichment WHERE kind = 'tags'")
    with transaction() as session:
        lead = session.get_one(Publication, known.publication).lead_post_id
        assert lead is not None
        for one in metadata:
            enrichment.write_all(session, {lead: one})


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"revision": REVISION - 1},
        {"revision": REVISION + 1},
        {"revision": REVISION - 1, "features": OTHER},
        {"version": 2},
        {"version": 2, "features": OTHER},
        {"version": 3, "features": OTHER},
    ],
    ids=str,
)
def test_what_is_known_late_foreign_or_lower_touches_nothing(about: dict[str, int | str], known: Known) -> None:
    before = read("SELECT * FROM work ORDER BY id")
    assert known.hears(**about) == []  # type: ignore[arg-type]
    assert read("SELECT * FROM work ORDER BY id") == before


def test_an_event_of_a_publication_that_never_was_touches_nothing(known: Known) -> None:
    before = read("SELECT * FROM work ORDER BY id")
    assert Known(known.publication + 99).hears() == []
    assert read("SELECT * FROM work ORDER BY id") == before


def test_another_reading_of_the_primary_is_merged_again(known: Known) -> None:
    assert known.hears(features=OTHER) == known.call(Step.MERGE)
    assert known.due() == [("merge", REVISION, 0)]
    with transaction() as session:
        session.query(PostEnrichment).filter_by(kind="vision").delete()
        session.query(Work).update({"state": State.DONE})
    assert known.hears(version=3, features=OTHER) == known.call(Step.MERGE), "the first reading of all, by any provider"


def test_a_higher_version_is_merged_again(known: Known) -> None:
    change("UPDATE vision_chain SET members = '[3, 1, 2]'")
    assert known.hears(version=3) == known.call(Step.MERGE)
    assert known.due() == [("merge", REVISION, 0)]


@pytest.mark.parametrize(
    "current", [[], [tags(None, None)], [tags(2)], [tags(1, OTHER)]], ids=["none", "by words", "lower", "other"]
)
def test_a_merged_reading_that_the_tags_lack_is_tagged(current: Sequence[TagsMetadata], known: Known) -> None:
    had(known, *current)
    assert known.hears() == known.call(Step.TAG)
    assert known.due() == [("tag", REVISION, 0)]


@pytest.mark.parametrize(("step", "about"), [(Step.MERGE, {"features": OTHER}), (Step.TAG, {})], ids=["merge", "tag"])
@pytest.mark.parametrize("state", ["state = 'due'", "state = 'leased', lease_token = gen_random_uuid()"])
def test_what_is_due_or_under_way_is_not_made_due_again(
    step: Step, about: dict[str, str], state: str, known: Known
) -> None:
    had(known)
    change(f"UPDATE work SET {state} WHERE step = '{step}'")
    before = read("SELECT * FROM work ORDER BY id")
    assert known.hears(**about) == []  # type: ignore[arg-type]
    assert read("SELECT * FROM work ORDER BY id") == before


@pytest.mark.parametrize("other", [{"revision": REVISION - 1}, {"subject_id": 99}, {"step": Step.INDEX}], ids=str)
def test_work_of_another_kind_under_way_changes_nothing(other: dict[str, object], known: Known) -> None:
    had(known)
    row = {"step": Step.TAG, "subject_id": known.publication, "revision": REVISION, **other}
    with transaction() as session:
        session.add(Work(state=State.DUE, **row))
    assert known.hears() == known.call(Step.TAG)


def test_the_message_carries_the_trace_of_the_revision(known: Known) -> None:
    [call] = known.hears(features=OTHER)
    assert isinstance(call, Call)
    assert (call.trace_id, call.bulk) == ("f" * 32, False)


def test_the_row_waits_for_its_message_before_the_sweeper_takes_it(known: Known, settings: Settings) -> None:
    """Else a message under way would be doubled at once."""
    known.hears(features=OTHER)
    [(seconds,)] = read("SELECT extract(epoch FROM hint_at - now())::float FROM work WHERE state = 'due'")
    assert settings.republish_after - 60 < seconds <= settings.republish_after
