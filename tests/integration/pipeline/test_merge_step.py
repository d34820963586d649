"""The step that merges readings: which publications are ready, which readings are used, and what follows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.db import transaction
from app.domain.enrichment import VisionMetadata
from app.domain.flow import Call, Next
from app.domain.kinds import MediaKind, State, Step
from app.domain.reading import Reading
from app.models import MediaFile, MediaVision, PostMedia, Publication, Work
from app.pipeline.engine import work
from app.pipeline.engine.fan_in import ready_merges
from app.pipeline.posts import enrichment
from app.pipeline.steps.merge import merge_vision
from app.pipeline.vision import recipes
from app.settings import Settings, get_settings
from tests.factories import rows
from tests.factories.readings import reading, recipe
from tests.integration.pipeline.database import change, events, one
from tests.integration.pipeline.database import rows as read
from tests.integration.pipeline.database import work as work_rows

A, B, C = "a" * 64, "b" * 64, "c" * 64
FALLBACK, PRIMARY, ELSE = 1, 2, 3  # the primary has a higher id, the third recipe is not in use
TRACE = "f" * 32


@pytest.fixture
def channel(settings: Settings) -> int:
    """A channel, and recipes with their versions; its id."""
    with transaction() as session:
        recipes.register(session, recipe("fallback"))
        recipes.activate(session, [recipe("primary"), recipe("fallback")])
        recipes.register(session, recipe("another"))
        assert recipes.chain(session) == [PRIMARY, FALLBACK]
        return rows.channel(session).id


def posted(channel: int, *files: str) -> int:
    """An album of these files, or a post without any; its id."""
    with transaction() as session:
        made = rows.publication(session, channel, trace_id=TRACE)
        for number, sha256 in enumerate(files or ("",)):
            post = rows.post(session, made, 100 * made.id + number, leads=number == 0)
            if not sha256:
                continue
            if session.query(MediaFile).filter_by(sha256=sha256).first() is None:
                rows.add(session, MediaFile(sha256=sha256, size=1, mime="image/jpeg"))
            rows.add(session, PostMedia(post_id=post.id, kind=MediaKind.PHOTO, sha256=sha256))
        return made.id


def file(sha256: str) -> int:
    """The id of a file."""
    return int(one("SELECT id FROM media_files WHERE sha256 = :name", name=sha256))


def sees(sha256: str, found: Reading | None, version: int = PRIMARY, status: str = "ok") -> None:
    """A recipe has read the file; None: it could not."""
    content = found and found.model_dump(mode="json")
    with transaction() as session:
        about = {"media_file_id": file(sha256), "vision_version_id": version}
        session.add(MediaVision(**about, status=status, reading=content))


def merge(*publications: int, revision: int = 1, bulk: bool = False) -> Sequence[Next]:
    """The step, for publications that are due."""
    keys = [(id_, revision) for id_ in publications]
    with transaction() as session:
        work.requeue(session, Step.MERGE, keys, hint=0.0, traces=dict.fromkeys(publications, TRACE))
    return merge_vision(keys, bulk=bulk)


def vision(publication: int) -> VisionMetadata | None:
    """The merged readings."""
    with transaction() as session:
        return enrichment.read(session, session.get_one(Publication, publication), VisionMetadata)


def seen(publication: int) -> list[tuple[str, int, list[str]]]:
    """(file, version, labels) of each item."""
    found = vision(publication)
    return [(item.sha256, item.vision_version, item.labels) for item in found.items] if found else []


def tag_due() -> list[tuple[int, int, str]]:
    """(publication, revision, trace) whose tags are due."""
    found = read("SELECT subject_id, revision, trace_id FROM work WHERE step = 'tag' AND state = 'due' ORDER BY 1")
    return [(subject, revision, trace) for subject, revision, trace in found]


@pytest.mark.parametrize("bulk", [False, True])
def test_readings_are_merged_told_and_tagged(bulk: bool, channel: int) -> None:
    publication = posted(channel, B, A)
    sees(A, reading("boat"))
    sees(B, reading("quay"), status="partial")
    [call] = merge(publication, bulk=bulk)
    assert seen(publication) == [(B, PRIMARY, ["quay"]), (A, PRIMARY, ["boat"])]
    found = vision(publication)
    assert found is not None
    assert (found.status, found.vision_version, found.revision) == ("partial", PRIMARY, 1)
    assert read("SELECT status FROM post_enrichment") == [("partial",)]
    assert isinstance(call, Call)
    assert (call, call.trace_id) == (Call(Step.TAG, ((publication, 1),), bulk=bulk), TRACE)
    assert tag_due() == [(publication, 1, TRACE)]
    assert work_rows(Step.MERGE) == [(publication, 1, "done", None)]
    told = read("SELECT payload->'vision_version', payload->>'features_hash' FROM outbox_events")
    assert told == [(PRIMARY, found.features_hash)]
    assert [row[:2] for row in events("posts.vision.analyzed")] == [(publication, 1)]


def test_of_several_readings_of_a_file_that_of_the_highest_provider_is_used(channel: int) -> None:
    publication = posted(channel, A, B, C)
    sees(A, reading("fallback"), FALLBACK)
    sees(A, reading("primary"))
    sees(A, reading("another"), ELSE)
    sees(B, reading("fallback"), FALLBACK)
    sees(B, None, PRIMARY, "refused")
    sees(B, reading("another"), ELSE)
    sees(C, reading("another"), ELSE)
    merge(publication)
    assert seen(publication) == [(A, PRIMARY, ["primary"]), (B, FALLBACK, ["fallback"]), (C, ELSE, ["another"])]
    found = vision(publication)
    assert found is not None
    assert found.vision_version == ELSE


def test_each_of_a_batch_has_its_own_files(channel: int) -> None:
    first, second = posted(channel, A, B), posted(channel, B)
    sees(A, reading("boat"), status="partial")
    sees(B, reading("quay"))
    assert merge(first, second) == [Call(Step.TAG, ((first, 1),)), Call(Step.TAG, ((second, 1),))]
    assert seen(first) == [(A, PRIMARY, ["boat"]), (B, PRIMARY, ["quay"])]
    assert seen(second) == [(B, PRIMARY, ["quay"])]
    assert [row.status for row in (vision(first), vision(second)) if row] == ["partial", "ok"]


@pytest.mark.parametrize("state", [State.DUE, State.LEASED])
def test_a_file_that_is_being_read_is_waited_for(state: State, channel: int) -> None:
    open_, ready = posted(channel, A, B), posted(channel, A)
    sees(A, reading("boat"))
    token = "00000000-0000-0000-0000-000000000001" if state is State.LEASED else None
    with transaction() as session:
        session.add(Work(step=Step.ANALYZE, subject_id=file(B), revision=PRIMARY, state=state, lease_token=token))
    assert merge(open_, ready) == [Call(Step.TAG, ((ready, 1),))]
    assert (seen(open_), seen(ready)) == ([], [(A, PRIMARY, ["boat"])])
    assert [row[2] for row in work_rows(Step.MERGE)] == ["due", "done"]
    assert tag_due() == [(ready, 1, TRACE)]


@pytest.mark.parametrize("state", [State.WAITING, State.DONE, State.SKIPPED, State.UNKNOWN, State.DEAD])
def test_a_file_whose_reading_waits_or_ended_holds_up_nothing(state: State, channel: int) -> None:
    publication = posted(channel, A, B)
    sees(A, reading("boat"))
    with transaction() as session:
        session.add(Work(step=Step.ANALYZE, subject_id=file(B), revision=PRIMARY, state=state))
    merge(publication)
    assert seen(publication) == [(A, PRIMARY, ["boat"])]


def test_who_has_read_a_file_calls_the_merges_of_all_its_posts(channel: int) -> None:
    """A live post has a chord for its own; the others of a shared file are told by nothing else."""
    first = posted(channel, A)
    with transaction() as session:
        work.enqueue(session, Step.MERGE, [(first, 1)], hint=0.0)
    assert ready_merges([file(A)], shared=True) == []
    assert ready_merges([file(A)]) == [Call(Step.MERGE, ((first, 1),), bulk=True)]
    second = posted(channel, A)
    with transaction() as session:
        work.enqueue(session, Step.MERGE, [(second, 1)], hint=0.0)
    both = [Call(Step.MERGE, ((first, 1), (second, 1)), bulk=True)]
    assert ready_merges([file(A)], shared=True) == ready_merges([file(A)]) == both


def test_an_older_revision_is_not_merged(channel: int) -> None:
    publication, other = posted(channel, A), posted(channel, A)
    sees(A, reading("boat"))
    change("UPDATE publications SET revision = 2 WHERE id = :id", id=publication)
    assert merge(publication, other) == [Call(Step.TAG, ((other, 1),))]
    assert (vision(publication), len(seen(other))) == (None, 1)
    assert [row[2:] for row in work_rows(Step.MERGE)] == [("skipped", "superseded"), ("done", None)]


def test_a_publication_without_a_readable_file_has_nothing_to_merge(channel: int) -> None:
    publication = posted(channel, A)
    sees(A, None, status="refused")
    assert merge(publication) == []
    assert (vision(publication), tag_due(), events("posts.vision.analyzed")) == (None, [], [])
    assert work_rows(Step.MERGE) == [(publication, 1, "skipped", "none of its files can be read")]


def test_readings_of_files_that_an_edit_took_away_are_removed_and_tags_made_anew(channel: int) -> None:
    publication, other = posted(channel, A), posted(channel, B)
    sees(A, reading("boat"))
    sees(B, reading("quay"))
    merge(publication, other)
    change("UPDATE work SET state = 'done'")
    change("UPDATE post_media SET replaced_at = now() WHERE sha256 = :name", name=A)
    [call] = merge(publication)
    assert call == Call(Step.TAG, ((publication, 1),))
    assert isinstance(call, Call)
    assert call.trace_id == TRACE
    assert tag_due() == [(publication, 1, TRACE)]
    assert (vision(publication), len(seen(other))) == (None, 1)
    assert read("SELECT count(*) FROM media_vision") == [(2,)], "the reading itself stays"


def test_tags_that_waited_for_a_reading_that_cannot_be_made_wait_no_longer(
    channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication, other = posted(channel, A), posted(channel, B)
    with transaction() as session:
        keys = [(publication, 1), (other, 1)]
        work.enqueue(session, Step.TAG, keys, hint=0.0, delay=500.0)
    late = "SELECT next_attempt_at > now() FROM work WHERE step = 'tag' ORDER BY subject_id"
    merge(publication)
    assert read(late) == [(True,), (True,)], "a free tagger does not wait"
    monkeypatch.setenv("TAGGER", "openai")
    monkeypatch.setenv("TAG_WAIT", "300")
    get_settings.cache_clear()
    merge(publication)
    assert read(late) == [(False,), (True,)]
