"""The step that persists: what each publication of a batch makes due, whatever the others of the batch are."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from app.db import transaction
from app.domain.flow import Call, FanOut, Next
from app.domain.kinds import PREVIEW, REPROCESS, Step
from app.domain.reading import Recipe
from app.pipeline.engine import work
from app.pipeline.steps.persist import persist_publications
from app.settings import Settings, get_settings
from tests.factories import rows
from tests.factories.readings import recipe
from tests.integration.pipeline.database import rows as read
from tests.integration.pipeline.flow import PictureReader
from tests.integration.pipeline.test_merge_step import A, B, file, posted


class Here(PictureReader):
    """A reader that computes on this machine."""

    @property
    def recipe(self) -> Recipe:
        """Its identity."""
        return recipe("reader", provider="local")


@pytest.fixture
def channel(settings: Settings) -> int:
    """A watched channel; its id."""
    with transaction() as session:
        return rows.channel(session).id


def persist(reader: PictureReader, *publications: int, bulk: bool) -> list[Next]:
    """The step, for publications that are due; what follows."""
    keys = [(id_, 1) for id_ in publications]
    with transaction() as session:
        work.enqueue(session, Step.PERSIST, keys, hint=0.0)
    return persist_publications([reader], keys, bulk=bulk)


def spread(nexts: Iterable[Next]) -> list[Call]:
    """The calls, with those of each fan."""
    return [call for one in nexts for call in ((*one.headers, one.body) if isinstance(one, FanOut) else (one,))]


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize(("reader", "remote"), [(PictureReader(), True), (Here(), False)], ids=["remote", "local"])
def test_a_picture_is_read_in_the_queue_of_its_reader(
    reader: PictureReader, remote: bool, bulk: bool, channel: int
) -> None:
    """Those that wait for a network have workers of their own, which the others do not hold up."""
    found = [call for call in spread(persist(reader, posted(channel, A), bulk=bulk)) if call.step is Step.ANALYZE]
    assert [(call.keys, call.remote, call.bulk) for call in found] == [(((file(A), 1),), remote, bulk)]


def test_a_file_that_a_post_has_as_its_own_now_is_no_preview_any_more(channel: int) -> None:
    """Then the chain reads it. What a user asked for stays asked for."""
    publication = posted(channel, A, B)
    with transaction() as session:
        work.enqueue(session, Step.ANALYZE, [(file(A), 1)], hint=0.0, asked=PREVIEW)
        work.enqueue(session, Step.ANALYZE, [(file(B), 1)], hint=0.0, asked=REPROCESS)
    persist(PictureReader(), publication, bulk=True)
    asked = "SELECT subject_id, asked FROM work WHERE step = 'analyze' ORDER BY 1, 2"
    assert read(asked) == [(file(A), None), (file(B), REPROCESS)]


def test_tags_wait_for_the_pictures_of_their_own_post_alone(channel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGGER", "openai")
    monkeypatch.setenv("TAG_WAIT", "300")
    get_settings.cache_clear()
    picture, words = posted(channel, A), posted(channel)
    persist(PictureReader(), picture, words, bulk=True)
    late = "SELECT subject_id, next_attempt_at > now() FROM work WHERE step = 'tag' ORDER BY subject_id"
    assert read(late) == [(picture, True), (words, False)]
