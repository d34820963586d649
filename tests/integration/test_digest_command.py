"""The command media-audit digest over a real database: its JSON, and the errors that name their remedy."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from app.cli.main import main
from app.db import transaction
from app.settings import Settings
from tests.factories import rows


def _called(*argv: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["digest", *argv])
    return int(end.value.code or 0)


def test_json_of_an_empty_archive_has_all_keys(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert _called("--since", "P1W", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"lines", "period", "notes", "more"}
    assert (found["lines"], found["more"], found["period"]["posts"]) == ([], 0, 0)
    since, until = (datetime.fromisoformat(found["period"][end]) for end in ("since", "until"))
    assert until - since == timedelta(weeks=1)
    assert since.utcoffset() == timedelta(0)
    assert "no post of this period is in the index" in found["notes"][0]


def test_a_wrong_time_names_the_forms(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert _called("--since", "yesterday") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "--since 'yesterday' is no time: write a span before now (24h, 7d" in said
    assert _called("--since", "9999-01-01") == 2
    assert "yet to come" in capsys.readouterr().err


def test_a_channel_is_named_in_any_form_and_an_unknown_one_refused(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction() as session:
        rows.channel(session, "@city", username="city", telegram_id=111, title="Город")
    for name in ("@city", "Город", "-100111", "https://t.me/city"):
        assert _called("--channel", name) == 0, name
    assert "UTC, 0 posts" in capsys.readouterr().out
    assert _called("--channel", "@nothing") == 2
    assert "no watched channel is called '@nothing'" in capsys.readouterr().err


def test_no_time_is_the_last_day(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC)
    assert _called("--json") == 0
    period = json.loads(capsys.readouterr().out)["period"]
    since, until = datetime.fromisoformat(period["since"]), datetime.fromisoformat(period["until"])
    assert until - since == timedelta(hours=24)
    assert until >= before
