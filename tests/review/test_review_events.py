"""Review: replays while events are decided upon, but not gone yet."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app.cli import events as events_module
from app.cli.events import events as events_command
from app.events.retention import drop_old
from app.settings import Settings
from tests.integration.test_retention import DAYS, _database, sent, tell  # noqa: F401


def test_whoever_begins_at_the_beginning_gets_all_that_there_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the hour between decision and deletion nothing is missing yet; a look decides up to 50,000 of them."""
    monkeypatch.setattr(events_module, "PAGE", 2)
    sent(91, 1, 2, 3, 4, 5)
    tell(6, 7)
    assert drop_old(DAYS) == 0  # decided, none is gone
    found = CliRunner().invoke(events_command, [])
    told = [json.loads(line)["publication_id"] for line in found.stdout.splitlines() if line.startswith("{")]
    assert (told, found.exit_code) == ([1, 2, 3, 4, 5, 6, 7], 0), found.output


def test_an_old_event_that_could_not_be_sent_is_no_end_of_a_replay(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "PAGE", 1)
    tell(1)  # the relay cannot send this one
    sent(91, 2)
    tell(3)
    from tests.integration.test_retention import an_hour_later

    drop_old(DAYS)
    an_hour_later()
    assert drop_old(DAYS) == 1
    found = CliRunner().invoke(events_command, [])
    told = [json.loads(line)["publication_id"] for line in found.stdout.splitlines() if line.startswith("{")]
    assert (told, found.exit_code) == ([1, 3], 0), found.output
