"""The words of what could not be read: in `status`, `verify`, the report of a run; and the exit code of the run."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from app.cli.output import OK, TIMED_OUT, UNREAD
from app.cli.run import _code
from app.cli.status import status
from app.db import transaction
from app.demo.telegram import Faults, Refusal, Rule
from app.errors import Transient
from app.local.processes import Processes
from app.operations import run_until_idle
from app.operations.progress import Progress
from app.pipeline.engine.sweep import sweep
from app.pipeline.posts.takeover import take_over
from app.settings import get_settings
from app.status.run_report import Report, report, snapshot
from tests.drive import open_work
from tests.factories.messages import message, photo, texts
from tests.factories.worlds import CITY, NEWS
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals import HISTORY, allow, refuse, waiting
from tests.integration.pipeline.verifying import told, wrong


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run waits for the first two tries alone."""
    monkeypatch.setattr("app.operations.progress.PASSING", 0.2)


def run_once(flow: Flow, timeout: float = 30.0) -> Report:
    """As the command does it, with this process at work instead of a fleet that starts and ends with the run."""
    flow.connect()
    with transaction() as session:
        before = snapshot(session)

    def go_on(_: Progress) -> None:
        flow.drive.poll()
        flow.drive.follow(sweep())
        change("UPDATE outbox_events SET published_at = now()")

    with Processes() as processes:
        state = run_until_idle.until_idle(get_settings(), processes, go_on, timeout)
    with transaction() as session:
        return report(session, before, 0.0, idle=state.idle, open=str(state))


def test_unread_history_ends_a_run_with_four_and_is_named_everywhere(flow: Flow) -> None:
    flow.post(*texts(range(1, 251)))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, (HISTORY,), NEWS, paged=True))
    flow.drive.watch("@news", "@city")
    done = run_once(flow)
    assert _code(done) == UNREAD == 4
    [problem] = done.as_json()["problems"]
    assert problem.startswith("@news: its history is not read to the beginning (250 ids left): ")
    assert "join it with the account" in problem
    assert problem in [
        trouble["what"] for trouble in json.loads(CliRunner().invoke(status, ["--json"]).output)["troubles"]
    ]
    assert "its history is not read" in CliRunner().invoke(status).output
    assert told(flow)["channels"].examples == [problem]
    allow(flow)
    done = run_once(flow)
    assert (_code(done), done.problems, done.totals["posts"]) == (OK, [], 250)
    assert told(flow)["channels"].ok


def test_a_channel_that_cannot_be_read_ends_a_run_with_four(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)), channel=CITY)
    refuse(flow, Refusal("SOMETHING_NEW", 406, channel=NEWS))
    flow.drive.watch("@news", "@city")
    done = run_once(flow)
    assert _code(done) == UNREAD
    assert done.problems == ["@news could not be read: Telegram refuses to show the channel (SOMETHING_NEW)"]
    assert one("SELECT count(*) FROM posts") == 5
    found = told(flow)["channels"]
    assert (found.ok, found.wrong, found.repaired) == (False, 1, 0)
    assert found.examples[0].startswith(done.problems[0].replace("@news could", "@news: could"))
    allow(flow)
    assert _code(run_once(flow)) == OK, "a run asks at once, whatever the pause"


def test_files_of_a_frozen_account_end_a_run_with_four(flow: Flow) -> None:
    flow.post(message(1, "A cat", photo("cat")))
    flow.server.faults = Faults(refusals=(Refusal("FROZEN_METHOD_INVALID", 420, ("upload.getFile",)),))
    flow.drive.watch("@news")
    done = run_once(flow)
    assert _code(done) == UNREAD
    [problem] = done.problems
    assert problem.startswith("1 albums or files wait: Telegram refuses the account (FROZEN_METHOD_INVALID)")
    assert "the account is frozen: appeal" in CliRunner().invoke(status).output.replace("\n", " ")
    allow(flow)
    done = run_once(flow)
    assert (_code(done), one("SELECT count(sha256) FROM post_media")) == (OK, 1)


def test_history_that_was_not_asked_for_is_no_problem(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL", "false")
    get_settings.cache_clear()
    flow.post(*texts(range(1, 6)))
    flow.drive.watch("@news")
    assert _code(run_once(flow)) == OK
    assert told(flow)["channels"].ok


def test_a_reader_that_reads_nothing_ends_a_run_with_four(flow: Flow) -> None:
    flow.post(message(1, "A cat", photo("cat")), message(2, "A dog", photo("dog")))
    flow.vision.failures = {name: [Transient("the reader died")] * 3 for name in ("cat", "dog")}
    flow.drive.watch("@news")
    done = run_once(flow)
    assert (_code(done), done.problems) == (
        UNREAD,
        ["none of the 2 pictures that were due could be read: gave up after 3 attempts: the reader died"],
    )
    change("UPDATE work SET state = 'due', attempts = 0 WHERE step = 'analyze'")
    flow.vision.failures = {"dog": [Transient("the reader died")] * 3}
    assert _code(run_once(flow)) == OK, "one picture was read"


def test_a_store_that_is_gone_ends_a_run_with_four(flow: Flow) -> None:
    flow.post(message(1, "A cat", photo("cat")))
    flow.drive.watch("@news")
    assert _code(run_once(flow)) == OK
    media = get_settings().media_audit_home / "media"
    media.rename(media.with_name("elsewhere"))
    done = run_once(flow)
    assert _code(done) == UNREAD
    assert "is its disk mounted?" in done.problems[0]


def test_a_timeout_is_one_whatever_else_is_wrong(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.server.faults = Faults(flood=Rule(every=1), flood_seconds=600)
    flow.drive.watch("@news")
    assert _code(run_once(flow, 1.0)) == TIMED_OUT == 3


def test_another_login_ends_the_waits_of_the_one_before(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    flow.post(*texts(range(1, 151)), message(200, "A cat", photo("cat")))
    flow.drive.watch("@news", "@city")
    flow.server.faults = Faults(
        flood=Rule(every=1, methods=("upload.getFile",)),
        flood_seconds=3600,
        refusals=(Refusal("CHANNEL_PRIVATE", channel=CITY), Refusal("CHANNEL_PRIVATE", paged=True)),
    )
    with transaction() as session:
        assert not take_over(session, "first")
    monkeypatch.setattr("app.domain.refusals.FIRST_PAUSE", 600.0)
    flow.drive.poll()
    flow.drive.follow(sweep())
    held = {(step, state) for step, state in rows("SELECT step, state FROM work WHERE next_attempt_at > now()")}
    assert held == {("backfill", "waiting"), ("poll", "waiting")}
    allow(flow)
    with transaction() as session:
        assert not take_over(session, "first"), "the same login waits on"
    assert waiting()
    with transaction() as session:
        assert take_over(session, "second")
    assert waiting() == []
    assert rows("SELECT last_error FROM channels WHERE last_error IS NOT NULL") == []
    monkeypatch.setenv("TELEGRAM_SESSION", flow.server.session())
    get_settings.cache_clear()
    flow.connect()
    flow.drive.settle()
    assert open_work() == []
    assert one("SELECT count(*) FROM posts") == 151
    assert one("SELECT count(sha256) FROM post_media") == 1


def test_a_flood_wait_of_an_earlier_login_is_over(flow: Flow) -> None:
    flow.watch()
    with transaction() as session:
        take_over(session, "first")
    flow.server.faults = Faults(flood=Rule(every=1, methods=("upload.getFile",)), flood_seconds=3600)
    flow.post(message(1, "A cat", photo("cat")))
    flow.drive.poll()
    later = "SELECT step FROM work WHERE next_attempt_at > now() + interval '1 minute'"
    assert rows(later) == [("download",)]
    with transaction() as session:
        take_over(session, "first")
    assert rows(later) == [("download",)]
    with transaction() as session:
        take_over(session, "second")
    assert rows(later) == []


def test_verify_goes_on_after_a_refused_channel_and_names_it(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.post(*texts(range(1, 4)), channel=CITY)
    flow.watch("@news", "@city")
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, channel=NEWS))
    found = told(flow, telegram=True)["telegram"]
    assert (found.checked, found.ok) == (3, False)
    assert found.error is not None
    assert found.error.startswith("@news not checked from @news/1 on: the channel is private")
    assert "@city" not in found.error
    flow.server.faults = Faults(account_frozen=True)
    frozen = told(flow, telegram=True)["telegram"].error or ""
    assert frozen.startswith("@news not checked from @news/1 on: Telegram refuses the account")
    assert "not asked: @city: Telegram refuses the account" in frozen


def test_verify_says_why_a_channel_was_not_asked(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.watch()
    assert wrong(flow, telegram=True) == {}
    change("UPDATE channels SET account = 'another', last_error = 'no channel has this name', last_success_at = NULL")
    said = told(flow, telegram=True)["telegram"].error or ""
    assert said == "not asked: @news: its last poll failed: no channel has this name"
    change("UPDATE channels SET last_error = NULL")
    assert "media-audit run" in (told(flow, telegram=True)["telegram"].error or "")
