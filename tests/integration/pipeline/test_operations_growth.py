"""Pages of operators read as little beside 15,000 rows of stuck work as beside 1,500, with statistics or none."""

from __future__ import annotations

from functools import partial

import pytest

from app import db
from app.access import audit
from app.db import transaction
from app.domain.access.audited import Acted
from app.domain.kinds import State, Step
from app.operations.stuck import StuckPage, stuck
from app.settings import Settings
from app.status.budgets import budgets
from app.status.channels import channel_page
from app.status.stages import step_counts
from app.status.versions import versions
from tests.integration.pipeline import test_feed_growth as feed
from tests.integration.pipeline.database import change
from tests.integration.pipeline.test_growth import _analyze, _deeper, _forget, _use_of
from tests.services import TestServices

# Beside the archive of the feed, whose missing pictures wait: each publication has dead and due work, some a call
# without a known end; each file has a reading; one channel has a post alone. A user acted once.
FILL = (
    "INSERT INTO work (step, subject_id, revision, state) SELECT step, n, 1, CASE WHEN step = 'tag' THEN 'dead'"
    " WHEN step = 'index' THEN 'due' ELSE 'done' END"
    " FROM generate_series(1, {count}) n, unnest(ARRAY['tag', 'index', 'merge']) step",
    "INSERT INTO work (step, subject_id, revision, state)"
    " SELECT 'analyze', n, 1, 'unknown' FROM generate_series(1, 20) n",
    "INSERT INTO vision_versions (provider, model, prompt_hash, schema_version) VALUES ('local', 'm', 'p', 1)",
    "INSERT INTO media_vision (media_file_id, vision_version_id, status)"
    " SELECT id, (SELECT max(id) FROM vision_versions), 'ok' FROM media_files",
    "INSERT INTO token_ledger (provider, model, purpose, reserved, settled, outcome, created_at, ended_at)"
    " SELECT 'openai', 'm', 'tags', 9, 9, 'answered', now() - interval '70 days', now()"
    " FROM generate_series(1, {count}) n",
    "INSERT INTO audit_entries (actor, via, act) SELECT CASE WHEN n = 1 THEN 'bob' ELSE 'anna' END, 'page',"
    " CASE WHEN n = 2 THEN 'channel.stop' ELSE 'channel.add' END FROM generate_series(1, {count}) n",
    "INSERT INTO paid_providers (provider) VALUES ('openai') ON CONFLICT DO NOTHING",
)
FEW, MANY, COUNTED = 1_500, 15_000, 1_000
# Buffers of 8 KiB of one statement beyond those of a small archive: 50 look-ups go down an index of one more level.
DEEPER = 120


def _fill(count: int) -> None:
    for statement in (*feed.FILL, *FILL):
        change(statement.format(count=count))


def _look(settings: Settings) -> list[StuckPage]:
    """All pages: of every step and state, of one of each, and further ones."""
    with transaction() as session:
        first = stuck(session)
        found = [first, stuck(session, cursor=first.cursor), stuck(session, state=State.UNKNOWN)]
        found += [stuck(session, state=State.WAITING, step=Step.DOWNLOAD), stuck(session, step=Step.POLL)]
        counts = step_counts(session, COUNTED)
        assert (counts[Step.INDEX].due, counts[Step.ANALYZE].unknown) == (COUNTED + 1, 20)
        assert len(channel_page(session, db.now(session)).channels) == 20
        [recipe] = versions(session, settings, COUNTED).recipes
        assert recipe.readings == COUNTED + 1
        [budget] = budgets(session, settings).budgets
        assert budget.spending == ()
        entries = [audit.entries(session), audit.entries(session, actor="bob")]
        entries.append(audit.entries(session, act=Acted.CHANNEL_STOP))
        assert [len(page.entries) for page in entries] == [50, 1, 1]
    return found


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_a_page_costs_the_same_however_much_is_stuck(settings: Settings, services: TestServices, known: bool) -> None:
    _fill(FEW)
    small = _use_of(services, partial(_look, settings))
    change(
        "TRUNCATE channels, publications, media_files, shown, vision_versions, work, token_ledger, counters,"
        " counter_deltas, audit_entries RESTART IDENTITY CASCADE"
    )
    _fill(MANY)
    if known:
        _analyze()
    else:
        _forget()
    large = _use_of(services, partial(_look, settings))
    assert _deeper(small, large, DEEPER) == []
    assert len(large) >= 20, "statements are counted"
    first, second, unknown, waiting, none = _look(settings)
    ids = [row.id for row in (*first.rows, *second.rows)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 100
    assert {row.state for row in unknown.rows} == {"unknown"}
    assert all(row.address and row.address.startswith("/p/c") for row in waiting.rows)
    assert none.rows == ()
