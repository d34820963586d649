"""Who a channel is: its number stays, its names come and go, and each account has an address of its own for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from app import wiring
from app.db import transaction
from app.demo.telegram import Faults, LoopbackTelegram, Refusal, Rule
from app.demo.world import Rename
from app.domain.kinds import Step
from app.domain.messages import described_in
from app.errors import UserError
from app.explain import explain, find, renamed_since
from app.operations import channels
from app.pipeline.posts.channels import account_of, lock_channel
from app.pipeline.posts.identity import learn
from app.settings import get_settings
from app.status import channels as watched
from tests.factories import rows as make
from tests.factories.messages import message, now, texts
from tests.factories.worlds import CITY, NEWS
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow

OF = "SELECT {} FROM channels WHERE telegram_id = :id"
NAMES = (
    "SELECT name, until IS NULL FROM channel_names"
    " WHERE channel_id = (SELECT id FROM channels WHERE telegram_id = :id) ORDER BY id"
)

LOOK_UPS = ("contacts.resolveUsername", "messages.getDialogs", "channels.getFullChannel")


def of(telegram_id: int, columns: str = "reference, username, title, enabled, last_error") -> tuple[object, ...]:
    [row] = rows(OF.format(columns), id=telegram_id)
    return row


def add(name: str) -> list[tuple[str, bool]]:
    with transaction() as session:
        return [(channel.reference, new) for channel, new in channels.add(session, [name])]


def remove(name: str) -> str:
    with transaction() as session:
        channel = channels.watched(session, name)
        channels.stop(session, channel)
        return channel.reference


def link(name: str) -> tuple[str | None, str | None]:
    """The permalink of the post that `explain` finds, and its remark."""
    with transaction() as session:
        return explain(session, find(session, name)).permalink, renamed_since(session, name)


@pytest.fixture
def news(flow: Flow) -> Flow:
    """@news, read, with the posts 1 to 5."""
    flow.post(*texts(range(1, 6)))
    return flow.watch()


def rename(flow: Flow, name: str | None, *more: str, channel: int = NEWS, title: str = "Renamed") -> None:
    flow.server.apply(Rename(channel, name, title, more))


@pytest.mark.usefixtures("settings")
def test_a_login_has_the_user_that_it_read_with_last() -> None:
    """It may have been used by another user before; what it never read tells nothing."""
    described = {3: now() - timedelta(days=1), 1: now() - timedelta(days=2), 2: None}
    with transaction() as session:
        for id_, at in described.items():
            make.channel(session, f"@c{id_}", id=id_, login="of-home", account=f"user {id_}", described_at=at)
        make.channel(session, "@c4", id=4, login="of-home", described_at=now())
        make.channel(session, "@c5", id=5, login="another", account="user 5", described_at=now())
        assert account_of(session, "of-home") == "user 3"
        assert account_of(session, "of-nothing") is None


Login = Callable[..., None]


@pytest.fixture
def login(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Login]:
    """Logs in anew, as the settings and processes of the next day are."""

    def again(user: int | None = None) -> None:
        session = flow.server.session() if user is None else flow.server.session(user=user)
        monkeypatch.setenv("TELEGRAM_SESSION", session)
        get_settings.cache_clear()
        if wiring.telegram.exists:
            wiring.telegram().close()
        wiring.telegram.forget()
        adapter = wiring.telegram()
        flow.drive.source, flow.drive.media, flow.drive.account = adapter.source, adapter.media, wiring.account()

    yield again
    if wiring.telegram.exists:
        wiring.telegram().close()
    wiring.telegram.forget()


def test_a_rename_shows_at_the_next_poll(news: Flow) -> None:
    rename(news, "fresh")
    news.run()
    assert of(NEWS) == ("@fresh", "fresh", "Renamed", True, None)
    assert rows(NAMES, id=NEWS) == [("news", False), ("fresh", True)]
    with transaction() as session:
        [shown] = watched.channels(session, now())
    assert (shown.names, shown.former_names, shown.restriction) == (("fresh",), ("news",), "")
    assert link("@fresh/5") == ("https://t.me/fresh/5", None)
    address, remark = link("https://t.me/news/5")
    assert address == "https://t.me/fresh/5"
    assert remark == "@news is a former name of @fresh; no watched channel has it today"
    assert add("@Fresh") == [("@fresh", False)]
    with pytest.raises(UserError, match="once the name of @fresh"):
        remove("@news")
    assert remove("@fresh") == "@fresh"


def test_a_stranger_who_took_the_name_is_a_channel_of_its_own(news: Flow) -> None:
    rename(news, "fresh")
    rename(news, "news", channel=CITY, title="Stranger")
    news.post(*texts([5]), channel=CITY)
    news.run()
    assert add("@news") == [("@news", True)]
    news.run()
    assert (of(NEWS)[0], of(CITY)[:3]) == ("@fresh", ("@news", "news", "Stranger"))
    assert rows("SELECT count(*), count(DISTINCT channel_id) FROM posts") == [(6, 2)]
    assert link("@news/5") == ("https://t.me/news/5", None)
    assert link("@fresh/5") == ("https://t.me/fresh/5", None)


def test_a_stranger_under_an_old_reference_is_added_before_any_poll(news: Flow) -> None:
    """Rows of earlier versions: the reference is the old name, and Telegram told another one long ago."""
    change("UPDATE channels SET username = 'fresh', reference = '@News'")
    change("UPDATE channel_names SET name = 'fresh'")
    assert add("@news") == [("@news", True)]
    assert of(NEWS, "reference") == ("@fresh",)


def test_two_channels_swap_their_names(news: Flow) -> None:
    news.post(*texts([1, 2]), channel=CITY)
    news.watch("@city")
    rename(news, "passing", channel=CITY)
    rename(news, "city")
    rename(news, "news", channel=CITY)
    news.run().run()
    assert (of(NEWS, "username, last_error"), of(CITY, "username, last_error")) == (("city", None), ("news", None))
    assert sorted(row for (row,) in rows("SELECT reference FROM channels")) == [f"-100{NEWS}", "@news"]
    assert link("@news/1")[0] == "https://t.me/news/1"
    assert link("@city/5")[0] == "https://t.me/city/5"
    assert rows("SELECT channel_id, count(*) FROM posts GROUP BY 1 ORDER BY 1") == [(1, 5), (2, 2)]


def test_a_name_is_given_up_and_the_channel_is_private_and_public_again(news: Flow) -> None:
    rename(news, None)
    news.run()
    assert of(NEWS)[:2] == (f"-100{NEWS}", None)
    assert link("@news/5")[0] == f"https://t.me/c/{NEWS}/5"
    rename(news, "news")
    news.run()
    assert of(NEWS)[:2] == (f"-100{NEWS}", "news"), "a number stays what it is"
    assert rows(NAMES, id=NEWS) == [("news", False), ("news", True)]
    assert link("@news/5") == ("https://t.me/news/5", None)


def test_each_of_several_names_leads_to_the_channel(news: Flow) -> None:
    rename(news, "fresh", "bought", "news")
    news.run()
    assert of(NEWS)[:2] == ("@news", "fresh")
    assert {link(f"@{name}/5")[0] for name in ("fresh", "Bought", "news")} == {"https://t.me/fresh/5"}
    assert add("@bought") == [("@news", False)]


def test_a_number_overrides_a_name_and_brings_a_removed_channel_back(news: Flow) -> None:
    assert add(f"-100{NEWS}") == [(f"-100{NEWS}", False)]
    remove("@news")
    rename(news, "fresh")
    rename(news, "news", channel=CITY)
    news.post(*texts([6]))
    assert add(f"t.me/c/{NEWS}/1") == [(f"-100{NEWS}", True)]
    news.run()
    assert of(NEWS) == (f"-100{NEWS}", "fresh", "Renamed", True, None)
    assert one("SELECT count(*) FROM posts") == 6


@pytest.mark.parametrize("removed", [True, False])
def test_a_channel_added_under_its_new_name_goes_on_as_the_known_one(news: Flow, removed: bool) -> None:
    rename(news, "fresh")
    news.post(*texts([6]))
    if removed:
        remove("@news")
    assert add("@fresh") == [("@fresh", True)]
    news.run()
    assert of(NEWS)[1:] == ("fresh", "Renamed", True, None)
    [(enabled, error)] = rows("SELECT enabled, last_error FROM channels WHERE telegram_id IS NULL")
    assert (enabled, error) == (False, f"the same channel as {of(NEWS)[0]}")
    assert one("SELECT count(*) FROM posts") == 6
    assert [row[2] for row in work(Step.POLL)] == ["done", "skipped"]
    assert add("@fresh") == [(of(NEWS)[0], False)]
    remove("@fresh")
    assert of(NEWS, "enabled") == (False,)


def test_a_name_that_leads_to_a_stranger_blocks_no_other_account(news: Flow, login: Login) -> None:
    rename(news, "fresh")
    rename(news, "news", channel=CITY)
    news.post(*texts([6]))
    login(user=42)
    news.run()
    assert of(NEWS)[1:] == ("fresh", "Renamed", True, None)
    assert one("SELECT count(*) FROM posts") == 6


def test_a_channel_that_no_way_leads_to_names_the_remedy(news: Flow, login: Login) -> None:
    rename(news, None)
    news.server.faults = Faults(outside=frozenset({NEWS}))
    login(user=42)
    news.run()
    assert "join it with the account" in str(of(NEWS, "last_error")[0])
    news.server.faults = Faults()
    news.post(*texts([6]))
    news.run()
    assert of(NEWS, "last_error, username") == (None, None)
    assert one("SELECT count(*) FROM posts") == 6


def test_a_stranger_with_the_name_of_a_lost_channel_can_be_added(news: Flow, login: Login) -> None:
    """No way leads another account to the channel; its name is known to lead elsewhere."""
    rename(news, "fresh")
    rename(news, "news", channel=CITY, title="Stranger")
    news.post(*texts([7]), channel=CITY)
    news.server.faults = Faults(outside=frozenset({NEWS}))
    login(user=42)
    news.run()
    assert "join it with the account" in str(of(NEWS, "last_error")[0])
    assert of(NEWS, "reference, username") == (f"-100{NEWS}", None)
    assert add("@news") == [("@news", True)]
    news.run()
    assert of(CITY)[:3] == ("@news", "news", "Stranger")
    assert rows("SELECT channel_id, count(*) FROM posts GROUP BY 1 ORDER BY 1") == [(1, 5), (2, 1)]


def test_names_that_watched_channels_swapped_lead_another_account_to_both(news: Flow, login: Login) -> None:
    """It has joined neither: the look-up for one channel finds the other."""
    news.post(*texts([1, 2]), channel=CITY)
    news.watch("@city")
    rename(news, "passing", channel=CITY)
    rename(news, "city")
    rename(news, "news", channel=CITY)
    news.server.faults = Faults(outside=frozenset({NEWS, CITY}))
    login(user=42)
    news.run().run()
    assert (of(NEWS, "username, last_error"), of(CITY, "username, last_error")) == (("city", None), ("news", None))


def test_a_name_and_the_number_of_one_channel_are_added_together(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    with transaction() as session:
        channels.add(session, ["@news", f"-100{NEWS}", "@NEWS", f"t.me/c/{NEWS}/5"])
    flow.run().run()
    assert rows("SELECT count(*), count(*) FILTER (WHERE enabled), max(telegram_id) FROM channels") == [(2, 1, NEWS)]
    assert one("SELECT count(*) FROM posts") == 5
    remove("@NEWS")
    assert add("@News")[0][1]


@pytest.mark.parametrize(
    ("faults", "told"),
    [
        (Faults(refusals=(Refusal("FROZEN_METHOD_INVALID", 406, LOOK_UPS),)), "the account is frozen"),
        (Faults(alien_answers=Rule(1, methods=LOOK_UPS)), "a newer release"),
    ],
    ids=["frozen", "unreadable"],
)
def test_a_refused_look_up_waits_and_says_why(news: Flow, login: Login, faults: Faults, told: str) -> None:
    """A refusal of the account says nothing about the channel, which the account may well have joined."""
    news.server.faults = faults
    login(user=42)
    news.run()
    [(_, _, state, reason)] = work(Step.POLL)
    assert (state, told in str(reason)) == ("waiting", True), reason
    assert told in str(of(NEWS, "last_error")[0])
    news.server.faults = Faults()
    news.post(*texts([6]))
    login(user=42)
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
    news.run()
    assert one("SELECT count(*) FROM posts") == 6


def test_a_removed_channel_without_a_name_comes_back_by_its_stored_hash(news: Flow) -> None:
    rename(news, None)
    news.server.faults = Faults(outside=frozenset({NEWS}))
    remove("@news")
    add(f"-100{NEWS}")
    news.post(*texts([6]))
    news.run()
    assert of(NEWS, "last_error, username, enabled") == (None, None, True)
    assert one("SELECT count(*) FROM posts") == 6


def test_a_new_login_of_the_same_user_reads_on_without_resolving(news: Flow, login: Login) -> None:
    login()
    news.run()
    rename(news, None)
    news.run()
    news.server.faults = Faults(outside=frozenset({NEWS}))
    news.post(*texts([6]))
    news.server.ledger.clear()
    login()
    news.run()
    assert one("SELECT count(*) FROM posts") == 6
    assert of(NEWS, "last_error") == (None,)
    asked = {entry.method for entry in news.server.ledger.entries}
    assert asked.isdisjoint({"contacts.resolveUsername", "messages.getDialogs", "channels.getFullChannel"})


def test_rows_of_an_earlier_version_are_read_by_the_login_that_they_name(news: Flow, login: Login) -> None:
    login()
    change("UPDATE channels SET account = :login, login = NULL", login=wiring.account().login)
    news.server.ledger.clear()
    news.post(*texts([6]))
    news.run()
    assert one("SELECT count(*) FROM posts") == 6
    assert news.server.ledger.count("contacts.resolveUsername") == 0
    news.drive.account = wiring.account()
    news.run()
    user = of(NEWS, "account")
    login()
    assert user == (str(wiring.account()),)


def test_an_old_answer_brings_no_old_name_back(news: Flow, server: LoopbackTelegram) -> None:
    """A page of history that lay on the line while a poll learnt the new name."""
    news.post(*(message(i, f"Text {i}") for i in range(6, 130)))
    old = news.drive.source.history(news.drive.source.resolve("@news").ref, below=3)
    rename(news, "fresh")
    news.run()
    with transaction() as session:
        channel = lock_channel(session, one("SELECT id FROM channels"))
        learn(session, channel, described_in(old), news.drive.account, 1)
    assert of(NEWS)[:3] == ("@fresh", "fresh", "Renamed")
