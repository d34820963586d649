"""The page of a publication and that of a file read as little of an archive of 12,000 as of one of 400."""

from __future__ import annotations

import pytest

from app.settings import Settings
from tests.browsing import browsing
from tests.integration.pipeline.database import change
from tests.integration.pipeline.test_feed_growth import FEW, FILL
from tests.integration.pipeline.test_growth import Use, _analyze, _counted, _deeper, _forget
from tests.services import TestServices

# Beside what the feed needs: readings, the work of all steps, a paid call of each reading, tags, events.
STORY = (
    "INSERT INTO vision_versions (id, provider, model, prompt_hash, schema_version) VALUES (1, 'gigachat', 'm', '', 1)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO media_vision (media_file_id, vision_version_id, status, reading)"
    " SELECT id, 1, 'ok', '{{\"classification\": \"photo\"}}' FROM media_files",
    "INSERT INTO work (step, subject_id, revision, state) SELECT step, n, 1, 'done' FROM generate_series(1, {count}) n,"
    " unnest(ARRAY['persist', 'analyze', 'merge', 'tag', 'index']) step",
    "INSERT INTO token_ledger (provider, model, purpose, key, work_id, reserved, settled, outcome, ended_at)"
    " SELECT 'gigachat', 'm', 'vision', '1', id, 9, 9, 'answered', now() FROM work"
    " WHERE step = 'analyze'",
    "INSERT INTO tag_changes (publication_id, revision, trigger, reason, called_tagger, tagger_version,"
    " tagger_input_hash, added) SELECT n, 1, 'initial', 'initial', true, '', '', '{{one}}'"
    " FROM generate_series(1, {count}) n",
)
MANY = 12_000  # the smallest table that a statement could scan has 150 buffers
DEEPER = 60  # as for the feed: indexes have one or two more levels


def _fill(count: int) -> None:
    for statement in (*FILL, *STORY):
        change(statement.format(count=count))


def _used(services: TestServices, settings: Settings) -> dict[str, Use]:
    with browsing(settings) as client, _counted(services) as used:
        story = client.get("/p/c18/17.json").raise_for_status().json()
        [medium] = story["story"]["messages"][0]["media"]
        client.get(f"/m/{medium['sha256']}.json").raise_for_status()
    assert story["story"]["costs"]["vision"] == 9
    assert {row["step"] for row in story["story"]["work"]} == {"persist", "analyze", "merge", "tag", "index"}
    return used


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_a_story_costs_the_same_however_long_the_archive_is(
    settings: Settings, services: TestServices, known: bool
) -> None:
    _fill(FEW)
    small = _used(services, settings)
    change("TRUNCATE channels, publications, media_files, work, shown RESTART IDENTITY CASCADE")
    change("TRUNCATE token_ledger, vision_versions RESTART IDENTITY CASCADE")
    _fill(MANY)
    if known:
        _analyze()
    else:
        _forget()
    assert _deeper(small, _used(services, settings), DEEPER) == []
