"""The step that persists: what each publication of a batch makes due, whatever the others of the batch are."""

from __future__ import annotations

import pytest

from app.db import transaction
from app.domain.kinds import Step
from app.pipeline.engine import work
from app.pipeline.steps.persist import persist_publications
from app.settings import get_settings
from tests.factories import rows
from tests.integration.pipeline.database import rows as read
from tests.integration.pipeline.flow import PictureReader
from tests.integration.pipeline.test_merge_step import A, posted


@pytest.mark.usefixtures("settings")
def test_tags_wait_for_the_pictures_of_their_own_post_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGGER", "openai")
    monkeypatch.setenv("TAG_WAIT", "300")
    get_settings.cache_clear()
    with transaction() as session:
        channel = rows.channel(session).id
    picture, words = posted(channel, A), posted(channel)
    keys = [(picture, 1), (words, 1)]
    with transaction() as session:
        work.enqueue(session, Step.PERSIST, keys, hint=0.0)
    persist_publications([PictureReader()], keys, bulk=True)
    late = "SELECT subject_id, next_attempt_at > now() FROM work WHERE step = 'tag' ORDER BY subject_id"
    assert read(late) == [(picture, True), (words, False)]
