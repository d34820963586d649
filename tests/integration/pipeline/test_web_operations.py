"""The pages of operators over HTTP: channels, work, versions and budgets, with their remedies and real commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape

import httpx
import pytest

from app.demo.llm import Fault
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import message, photo, sha256, texts
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought
from tests.unit.test_remedies import check_command

ADDRESSES = ("/channels", "/work", "/versions", "/budgets")


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def read(client: httpx.Client, address: str, status: int = 200) -> str:
    """A page as text, its commands checked against the command line."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    for typed in re.findall(r'<code class="command">(.*?)</code>', answer.text):
        check_command(unescape(typed))
    return unescape(answer.text)


def test_an_empty_archive_says_what_to_do(page: httpx.Client) -> None:
    assert "media-audit channels add @name" in read(page, "/channels")
    assert "Nothing is stuck" in read(page, "/work")
    assert "media-audit reanalyze --dry-run" in read(page, "/versions")
    assert "VISION_PROVIDER" in read(page, "/budgets")
    for address in ADDRESSES:
        assert page.get(f"{address}.json").json()
        assert page.get(address, headers={"Accept-Language": "ru"}).headers["content-language"] == "ru"


def test_channels_show_their_state_progress_and_remedy(flow: Flow, page: httpx.Client) -> None:
    flow.post(*texts(range(1, 31)))
    flow.post(message(7, "Городу"), channel=CITY)
    flow.watch("@news", "@city")
    change("UPDATE channels SET backfill_cursor = 16 WHERE username = 'news'")
    change("UPDATE channels SET last_error = 'the channel is private: join it first' WHERE username = 'city'")
    change("INSERT INTO channels (reference, title, enabled) VALUES ('@gone', 'A <b>', false)")
    text = read(page, "/channels")
    assert '<a href="/c/news">The news</a>' in text
    assert "15 messages left" in text
    assert "join the channel with the account of TELEGRAM_SESSION" in text
    assert "media-audit channels remove @news" in text
    assert "media-audit backfill --channel @news" in text
    assert "media-audit channels add @gone" in text
    news, city, gone = page.get("/channels.json").json()["page"]["channels"]
    assert (news["status"]["state"], city["status"]["state"], gone["status"]["state"]) == (
        "active",
        "refused",
        "removed",
    )
    assert (news["status"]["posts"], news["status"]["publications"], news["status"]["history_read"]) == (30, 30, 0.5)
    assert datetime.fromisoformat(news["newest"]) == one("SELECT max(posted_at) FROM posts WHERE channel_id = 1")
    assert news["held_up"] is not None
    assert gone["newest"] is None
    failing = page.get("/channels.json?show=failing").json()["page"]["channels"]
    assert [each["status"]["reference"] for each in failing] == ["@city"]
    removed = page.get("/channels.json?show=removed").json()["page"]["channels"]
    assert [each["status"]["reference"] for each in removed] == ["@gone"]
    assert "show" in read(page, "/channels?show=odd", 400)


def test_a_thousand_channels_are_pages_of_fifty(page: httpx.Client) -> None:
    change("INSERT INTO channels (reference) SELECT '@c' || n FROM generate_series(1, 120) n")
    seen: list[str] = []
    address: str | None = "/channels.json"
    while address:
        found = page.get(address).json()["page"]
        seen += [each["status"]["reference"] for each in found["channels"]]
        change("INSERT INTO channels (reference, enabled) VALUES ('@new' || (SELECT count(*) FROM channels), false)")
        address = f"/channels.json?cursor={found['cursor']}" if found["cursor"] else None
    assert seen[:120] == [f"@c{number}" for number in range(1, 121)]
    assert len(seen) == len(set(seen)) == 122
    assert "begin again without it" in read(page, "/channels?cursor=x", 400)


def test_work_that_is_stuck_leads_to_its_post_and_its_remedy(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот")
    flow.post(message(1, "Слова"), message(2, "Кот", cat))
    flow.watch()
    change(
        "UPDATE work SET state = 'dead', attempts = 5, last_error = 'gave up after 5 attempts: <b>away</b>'"
        " WHERE step = 'tag' AND subject_id = (SELECT publication_id FROM posts WHERE telegram_message_id = 1)"
    )
    change("UPDATE work SET state = 'unknown', last_error = 'openai: ReadTimeout' WHERE step = 'analyze'")
    change(
        "UPDATE work SET state = 'waiting', reason = 'the media store is away', last_error = 'an old one',"
        " next_attempt_at = '2030-01-01T05:00Z' WHERE step = 'download'"
    )
    ids = {
        step: one("SELECT id FROM work WHERE step = :step AND state <> 'done'", step=step)
        for step in ("tag", "analyze")
    }
    text = read(page, "/work")
    assert '<a href="/p/news/1">@news/1</a>' in text
    assert '<a href="/p/news/2">@news/2</a>' in text
    assert f'<a href="/m/{sha256(cat)}">' in text
    assert "<b>away</b>" not in page.get("/work").text
    assert f"media-audit dead retry {ids['tag']}" in text
    assert f"media-audit dead retry --unknown {ids['analyze']}" in text
    assert '<a href="/work?state=dead&step=tag">1</a>' in text
    assert "1 Jan 2030, 05:00 UTC" in text
    found = page.get("/work.json").json()
    rows = {row["state"]: row for row in found["stuck"]["rows"]}
    assert rows["waiting"]["error"] == "the media store is away"
    assert rows["waiting"]["command"] == "media-audit doctor"
    assert (rows["dead"]["attempts"], rows["dead"]["next_try"]) == (5, None)
    assert found["counts"]["tag"] == {
        **dict.fromkeys(("due", "leased", "waiting", "unknown", "skipped"), 0),
        "dead": 1,
        "done": found["counts"]["tag"]["done"],
    }
    assert [row["step"] for row in page.get("/work.json?state=dead").json()["stuck"]["rows"]] == ["tag"]
    assert page.get("/work.json?state=dead&step=download").json()["stuck"]["rows"] == []
    assert "Choose all states" in read(page, "/work?state=dead&step=download")
    assert "state is one of" in read(page, "/work?state=done", 400)
    assert "step is one of" in read(page, "/work?step=odd", 400)


def test_pages_of_work_hold_each_row_once_while_others_die(page: httpx.Client) -> None:
    fill = "INSERT INTO work (step, subject_id, revision, state) SELECT '{}', n, {}, '{}' FROM generate_series(1, 60) n"
    change(fill.format("tag", 1, "dead"))
    change(fill.format("index", 1, "waiting"))
    seen: list[int] = []
    cursor = ""
    while True:
        found = page.get(f"/work.json{cursor}").json()["stuck"]
        seen += [row["id"] for row in found["rows"]]
        change(f"INSERT INTO work (step, subject_id, revision, state) VALUES ('merge', {len(seen)}, 9, 'dead')")
        if found["cursor"] is None:
            break
        cursor = f"?cursor={found['cursor']}"
    assert seen == list(range(120, 0, -1))
    assert "begin again without it" in read(page, "/work?cursor=x", 400)
    first = read(page, "/work?state=dead&step=tag")
    [further] = re.findall(r'<a rel="next" href="(/work\?state=dead&step=tag&cursor=[\w-]+)#rows">', first)
    assert len(page.get(further.replace("/work?", "/work.json?")).json()["stuck"]["rows"]) == 10


def test_an_older_recipe_has_its_dry_run(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Кот", photo("кот")))
    flow.watch()
    flow.drive.vision = PictureReader(model="better")
    flow.post(message(2, "Пёс", photo("пёс")))
    flow.run()
    found = page.get("/versions.json").json()
    assert [(row["model"], row["place"], row["readings"]) for row in found["recipes"]] == [
        ("better", "primary", 1),
        ("reader", "former", 1),
    ]
    older = found["recipes"][1]["version"]
    text = read(page, "/versions")
    assert f"media-audit reanalyze --where version={older} --dry-run" in text
    assert "media-audit retag --dry-run" in text
    assert found["taggers"][0]["version"] in text
    assert found["taggers"][0]["results"] >= 2
    assert found["documents"]["indexed"] >= 2
    change("UPDATE search_documents SET facets = NULL")
    assert "without filters: 2" in read(page, "/versions")


def test_budgets_show_what_is_spent_and_why_calls_rest(bill: Bought) -> None:
    bill.photos(2)
    change(
        "INSERT INTO token_ledger (provider, model, purpose, reserved, outcome, ended_at)"
        " VALUES ('openai', 'm', 'ask', 700, 'unknown', now())"
    )
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.photos(1, first=3)
    with browsing(get_settings()) as page:
        text = read(page, "/budgets")
        found = page.get("/budgets.json").json()
        assert "top up the account" in text
        assert "out of credit" in text
    [budget] = found["budgets"]
    assert budget["provider"]["today"] == bill.spent()
    assert budget["history_cap"] == 200_000
    spending = {row["purpose"]: row for row in budget["spending"]}
    assert spending["vision"]["calls"] == 3
    assert spending["vision"]["tokens"] == bill.spent() - 700
    assert spending["vision"]["price"] == round(spending["vision"]["tokens"] / 2)
    assert (spending["ask"]["tokens"], spending["ask"]["reserved"], spending["ask"]["price"]) == (0, 700, None)
    assert (found["questions_cap"], found["questions_spent"]) == (100_000, 700)
    assert re.search(r"T00:00:00(Z|\+00:00)$", found["day_ends"])
    assert "media-audit dead list --unknown" in text


def test_a_provider_that_echoes_the_key_brings_it_on_no_page(bill: Bought) -> None:
    bill.server.faults.add(Fault("echo", times=0))
    bill.photos(1)
    change("UPDATE work SET state = 'dead' WHERE step = 'analyze'")
    change(
        "UPDATE paid_providers SET block = 'outage', blocked_until = now() + interval '1 h', blocked_reason ="
        " (SELECT last_error FROM work WHERE step = 'analyze')"
    )
    secret = bill.server.api_key
    assert "echo" in one("SELECT last_error FROM work WHERE step = 'analyze'"), "the provider's words are kept"
    with browsing(get_settings()) as page:
        for address in (*ADDRESSES, "/", "/p/news/1"):
            for beside in (address, "/overview.json" if address == "/" else f"{address}.json"):
                assert secret not in page.get(beside).text, beside
        assert "openai answered 500: echo" in read(page, "/work")
        assert "openai answered 500: echo" in read(page, "/budgets")


def test_problems_of_the_overview_lead_to_the_page_that_has_more(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Слова"))
    flow.watch()
    change("UPDATE channels SET last_error = 'the channel is private: join it first', last_success_at = NULL")
    change("UPDATE work SET state = 'due', attempts = 1, last_error = 'check OPENAI_API_KEY' WHERE step = 'index'")
    text = read(page, "/")
    assert '<a href="/channels?show=failing">@news could not be read: the channel is private: join it first</a>' in text
    assert "join the channel with the account" in text
    assert '<a href="/work">check OPENAI_API_KEY</a>' in text
    assert "put right the setting that the reason names: media-audit doctor" in re.sub(r"<[^>]+>", "", text)


def test_the_head_leads_to_operations_and_the_foot_to_the_keys(page: httpx.Client) -> None:
    text = read(page, "/feed")
    assert '<a href="/channels">Operations</a>' in text
    assert '<a id="help" href="#keys">' in text
    assert re.search(r'<dialog id="keys" aria-labelledby="(\S+)">\s*<h2 id="\1">Keys</h2>', text)
    assert '<a href="/work" aria-current="page">Work</a>' in read(page, "/work")
