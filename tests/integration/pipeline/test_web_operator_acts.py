"""Acts of operators over the real flow: channels, their limits and history, dead work; on the page and by command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from app.access import audit
from app.cli.main import cli
from app.db import transaction
from app.domain.access.audited import Acted, Actor, Via
from app.domain.access.roles import Role
from app.domain.flow import Call, Next
from app.domain.kinds import State, Step
from app.operations.work_acts import retry
from app.settings import Settings, get_settings
from app.web.admission import FIELD
from app.web.visitors import form_token
from tests.browsing import browsing, signed_in
from tests.factories.messages import message, photo, texts
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow

ACTS = "SELECT via, act, target, details FROM audit_entries ORDER BY id"


class Operator:
    """A signed-in operator in front of the page."""

    def __init__(self, client: httpx.Client, settings: Settings) -> None:
        [(name, token)] = signed_in(settings, Role.OPERATOR, "anna").items()
        self._token = form_token(token)
        self.client = client
        client.headers.update({"Origin": str(client.base_url).rstrip("/"), "Cookie": f"{name}={token}"})

    def send(self, address: str, **fields: Any) -> httpx.Response:
        """The answer to a form."""
        return self.client.post(address, data={FIELD: self._token, **fields})

    def told(self, address: str, **fields: Any) -> str:
        """The page to which an act leads."""
        answer = self.send(address, **fields)
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.headers["location"]).text


@pytest.fixture
def operator(flow: Flow) -> Iterator[Operator]:
    """An operator of the flow's archive."""
    with browsing(get_settings()) as client:
        yield Operator(client, get_settings())


def number_of(reference: str) -> int:
    """The number of a channel's row."""
    found: int = one("SELECT id FROM channels WHERE reference = :reference", reference=reference)
    return found


def test_channels_are_added_stopped_and_resumed_where_they_stopped(flow: Flow, operator: Operator) -> None:
    flow.post(*texts(range(1, 4)))
    flow.post(message(7, "Городу"), channel=CITY)
    text = operator.told("/channels", names="@news\nhttps://t.me/city")
    assert "@news, @city watched from now on" in text
    flow.run()
    number = number_of("@news")
    text = operator.told(f"/channels/{number}/stop", back=f"/channels?show=watched#channel-{number}")
    assert "@news not watched any more" in text
    assert f'id="channel-{number}"' not in text, "the list of watched channels, to which the act led back"
    flow.post(*texts(range(4, 6)))
    flow.run()
    assert one("SELECT count(*) FROM posts") == 4, "what was read stays, and nothing comes"
    assert "watched again" in operator.told(f"/channels/{number}/watch")
    flow.run()
    assert one("SELECT count(*) FROM posts") == 6
    assert rows(ACTS) == [
        ("page", "channel.add", "@news, @city", {"new": ["@news", "@city"], "watched_before": []}),
        ("page", "channel.stop", "@news", {"channels": ["@news"]}),
        ("page", "channel.resume", "@news", {}),
    ]


def test_an_invitation_link_is_refused_with_its_command_and_shown_in_no_log(
    operator: Operator, log: list[dict[str, Any]]
) -> None:
    answer = operator.send("/channels", names="@news https://t.me/+AbCdEfGhIjKlMnOp")
    assert answer.status_code == 400
    assert "media-audit channels add --join" in answer.text
    assert "@news https://t.me/+AbCdEfGhIjKlMnOp</textarea>" in answer.text, "the list is kept to be put right"
    assert one("SELECT count(*) FROM channels") == 0
    assert "AbCdEf" not in str(log)


def test_limits_hold_and_wider_ones_let_files_in(flow: Flow, operator: Operator) -> None:
    flow.post(message(1, "Кот", photo("кот")))
    operator.told("/channels", names="@news", media="", max_size="50 MB")
    assert rows("SELECT fetch_kinds, fetch_max_bytes FROM channels") == [([], 50_000_000)]
    flow.run()
    assert one("SELECT count(*) FROM media_files") == 0
    number = number_of("@news")
    text = operator.told(
        f"/channels/{number}/limits", media=["", "photo", "video", "audio", "document"], since="2001-02-03"
    )
    assert "fetched by its new limits" in text
    assert rows("SELECT fetch_kinds, fetch_max_bytes, fetch_since::text FROM channels") == [(None, None, "2001-02-03")]
    assert 'type="date" value="2001-02-03"' in operator.client.get("/channels").text
    flow.run()
    assert one("SELECT count(*) FROM media_files") == 1, "the photo that was left out"
    for fields, wrong in (({"max_size": "much"}, "is no size"), ({"since": "2999-01-01"}, "yet to come")):
        assert wrong in operator.send(f"/channels/{number}/limits", **fields).text


def test_history_is_read_on_and_again_and_its_share_is_shown(
    flow: Flow, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.post(*texts(range(1, 31)))
    flow.watch()
    number = number_of("@news")
    assert "nothing to read" in operator.send("/channels/backfill").text
    text = operator.told(f"/channels/{number}/backfill", again="true")
    assert "@news is read back through its history" in text
    assert 'value="0">0 %</progress> 0 %' in text, "from the newest post"
    assert work(Step.BACKFILL) == [(number, 0, "due", None)]
    flow.run()
    assert operator.client.get("/channels.json").json()["page"]["channels"][0]["status"]["history_read"] == 1.0
    assert one("SELECT count(*) FROM posts") == 30


def test_dead_work_is_retried_by_row_and_by_step(flow: Flow, operator: Operator) -> None:
    flow.post(*texts(range(1, 4)))
    flow.watch()
    change("UPDATE work SET state = 'dead', attempts = 5, last_error = 'away' WHERE step IN ('tag', 'index')")
    row = one("SELECT min(id) FROM work WHERE step = 'tag'")
    assert "tag @news/1 due again" in operator.told("/work/retry", state="dead", row=str(row))
    assert [one_[2] for one_ in work(Step.TAG)] == ["due", "dead", "dead"]
    assert operator.send("/work/retry", state="dead", row=str(row)).status_code == 400, "it is dead no more"
    text = operator.told("/work/retry", state="dead", step="tag", back="/work?state=dead&step=tag")
    assert "tag 2 due again" in text
    assert [one_[2] for one_ in work(Step.INDEX)] == ["dead"] * 3, "another step"
    flow.run()
    assert {one_[2] for one_ in work(Step.TAG)} == {"done"}


def test_unknown_work_is_retried_by_one_who_agrees_to_pay_twice(flow: Flow, operator: Operator) -> None:
    flow.post(message(1, "Кот", photo("кот")))
    flow.watch()
    change("UPDATE work SET state = 'unknown', last_error = 'openai: ReadTimeout' WHERE step = 'analyze'")
    row = str(one("SELECT id FROM work WHERE step = 'analyze'"))
    assert "may be paid a second time" in operator.send("/work/retry", state="unknown", row=row).text
    assert work(Step.ANALYZE)[0][2] == "unknown"
    operator.told("/work/retry", state="unknown", row=row, agreed="true")
    assert work(Step.ANALYZE)[0][2] == "due"


def test_retried_rows_are_published_and_the_sweeper_has_the_rest(flow: Flow) -> None:
    flow.post(*texts(range(1, 4)))
    flow.watch()
    change("UPDATE work SET state = 'dead' WHERE step = 'tag'")
    with transaction() as session:
        did = retry(session, Actor("anna", Via.PAGE), State.DEAD, most=2)
    calls: list[Next] = did.calls
    assert did.rows == 2
    assert sorted(key for call in calls if isinstance(call, Call) for key in call.keys) == sorted(
        (subject, revision) for subject, revision, state, _ in work(Step.TAG) if state == "due"
    )


def test_commands_leave_their_entries_and_audit_shows_them(flow: Flow) -> None:
    flow.post(*texts(range(1, 4)))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    run("channels", "add", "@news")
    flow.run()
    run("channels", "set", "@news", "--media", "photo")
    run("backfill", "--channel", "@news", "--again")
    change("UPDATE work SET state = 'dead' WHERE step = 'tag'")
    run("dead", "retry", "--all", "--step", "tag")
    assert run("dead", "retry", "--all") == "0 due again\n"
    run("channels", "remove", "@news")
    found = json.loads(run("audit", "--json"))
    assert [(one_["act"], one_["target"]) for one_ in found] == [
        ("channel.stop", "@news"),
        ("work.retry", "tag 3"),
        ("channel.backfill", "@news"),
        ("channel.limit", "@news"),
        ("channel.add", "@news"),
    ]
    assert {one_["via"] for one_ in found} == {"command"}
    assert len(json.loads(run("audit", "--json", "--limit", "2", "--actor", found[0]["actor"]))) == 2
    assert json.loads(run("audit", "--json", "--act", "work.retry"))[0]["details"]["steps"] == {"tag": 3}
    assert "channel.limit" in run("audit")
    assert run("audit", "--actor", "nobody") == "no such entry\n"


def test_the_page_of_the_audit_is_for_operators_and_has_filters(operator: Operator) -> None:
    with transaction() as session:
        for number in range(60):
            who = Actor("bob" if number % 2 else "anna", Via.COMMAND)
            audit.record(session, who, Acted.CHANNEL_ADD, f"@c{number}")
        audit.record(session, who, Acted.WORK_RETRY, "<b>tag")
    first = operator.client.get("/audit.json").json()
    assert [one_["target"] for one_ in first["page"]["entries"]][:2] == ["<b>tag", "@c59"]
    rest = operator.client.get(f"/audit.json?cursor={first['page']['cursor']}").json()
    assert [one_["target"] for one_ in rest["page"]["entries"]] == [f"@c{number}" for number in range(10, -1, -1)]
    bob = operator.client.get("/audit.json?actor=bob&act=channel.add").json()["page"]["entries"]
    assert {one_["actor"] for one_ in bob} == {"bob"}
    assert len(bob) == 30
    text = operator.client.get("/audit?act=work.retry").text
    assert "&lt;b&gt;tag due again" in text
    assert "@c59" not in text
    assert operator.client.get("/audit?act=odd").status_code == 400
    assert '<a href="/audit">Audit</a>' in operator.client.get("/work").text
    with browsing(get_settings()) as other:
        assert "/audit" not in other.get("/work").text
        assert other.get("/audit", headers={"Accept": "text/html"}).headers["location"] == "/login?next=%2Faudit"
        assert other.get("/audit.json").status_code == 401
        for role in (Role.READER, Role.EDITOR):
            other.cookies.update(signed_in(get_settings(), role))
            assert other.get("/audit").status_code == 403
