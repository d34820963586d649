"""The contract of Notifier, on each adapter: real HTTP to loopback receivers, guarded as everywhere."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from app.adapters.notifier.post import Post
from app.adapters.notifier.telegram_bot import TelegramNotifier
from app.adapters.notifier.webhook import WebhookNotifier
from app.domain.alerts import Destination, Medium, Notice
from app.domain.delivery.target import read
from app.domain.networks import parse
from app.errors import Gone, MediaAuditError, Misconfigured, Permanent, Transient, Unanswered, Unavailable
from app.ports import Notifier
from tests.factories.notices import SECRET, TEXT, notice
from tests.receiving import INNER, TOKEN, LoopbackBots, LoopbackReceiver, Reply, Sent

LOOPBACK = parse("ALERTS_ALLOWED_NETWORKS", "127.0.0.0/8", "")
PATH_SECRET = "secret-in-the-path"
SECRETS = (TOKEN, SECRET, SECRET.removeprefix("whsec_"), PATH_SECRET, INNER)


@dataclass
class Bench:
    """A notifier and its receiver. `once` makes the receiver answer the next request so; texts: that arrived."""

    notifier: Notifier
    destination: Destination
    receiver: LoopbackReceiver
    once: Callable[[Reply], None]
    texts: Callable[[], list[str]]

    def send(self, given: Notice | None = None) -> None:
        self.notifier.send(self.destination, given or notice())

    def failed(self) -> MediaAuditError:
        """The error of one attempt, which must show no secret and no word of the answer, in no form."""
        with pytest.raises(MediaAuditError) as raised:
            self.send()
        told = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + str(self.destination)
        assert [secret for secret in SECRETS if secret in told] == []
        return raised.value


def webhook(seconds: float) -> Iterator[Bench]:
    replies: list[Reply] = []
    taken: list[str] = []

    def answer(sent: Sent) -> Reply:
        reply = replies.pop() if replies else Reply(204)
        if reply.status == 204:
            taken.append(sent.json()["data"]["text"])
        return reply

    with LoopbackReceiver(answer) as receiver:
        destination = Destination(Medium.WEBHOOK, f"{receiver.address}/{PATH_SECRET}", (SECRET,))
        yield Bench(
            WebhookNotifier(Post(LOOPBACK, seconds=seconds)), destination, receiver, replies.append, lambda: taken
        )


def telegram(seconds: float) -> Iterator[Bench]:
    bots = LoopbackBots()

    def once(reply: Reply) -> None:
        bots.next = reply

    with LoopbackReceiver(bots) as receiver:
        notifier = TelegramNotifier(Post(LOOPBACK, seconds=seconds), read(receiver.address), TOKEN)
        destination = Destination(Medium.TELEGRAM, "42")
        yield Bench(notifier, destination, receiver, once, lambda: [message["text"] for message in bots.messages])


ADAPTERS = {"webhook": webhook, "telegram": telegram}


@pytest.fixture(params=ADAPTERS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    yield from ADAPTERS[request.param](5.0)


@pytest.fixture(params=ADAPTERS)
def hasty(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Half a second of patience."""
    yield from ADAPTERS[request.param](0.5)


def test_a_notice_arrives_once_with_its_text_unchanged(bench: Bench) -> None:
    bench.send()
    [text] = bench.texts()
    assert TEXT in text
    assert len(bench.receiver.sent) == 1


def test_a_notice_without_text_date_or_page_arrives(bench: Bench) -> None:
    bench.send(notice(text="", posted_at=None, page="", tags=(), media=()))
    assert len(bench.texts()) == 1


def test_a_notice_of_a_long_text_arrives(bench: Bench) -> None:
    bench.send(notice(text="😀" * 50_000, query="слово " * 200))
    [text] = bench.texts()
    assert 1_900 < len(text) <= 4_096
    assert len(bench.receiver.sent[0].body) < 50_000


def test_no_log_has_a_secret_or_an_address(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Also at LOG_LEVEL=DEBUG: the token of a bot is part of the address that is asked."""
    with caplog.at_level(logging.DEBUG):
        bench.send()
        bench.once(Reply(503, INNER.encode()))
        bench.failed()
    assert [secret for secret in SECRETS if secret in caplog.text] == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_of_the_receiver_is_tried_again(bench: Bench, status: int) -> None:
    bench.once(Reply(status, INNER.encode(), {"X-Inner": INNER}))
    assert isinstance(bench.failed(), Transient)
    assert bench.texts() == []
    bench.send()
    assert len(bench.texts()) == 1


def test_the_receiver_says_when_to_try_again(bench: Bench) -> None:
    bench.once(Reply(429, INNER.encode(), {"Retry-After": "37"}))
    error = bench.failed()
    assert isinstance(error, Transient)
    assert error.retry_after == 37


def test_a_receiver_that_is_not_there_got_nothing(bench: Bench) -> None:
    bench.receiver.__exit__(None, None, None)
    error = bench.failed()
    assert isinstance(error, Unavailable)
    assert not isinstance(error, Unanswered)


@pytest.mark.parametrize("how", ["hang", "trickle"])
def test_a_receiver_that_never_ends_its_answer_holds_nobody_up(hasty: Bench, how: str) -> None:
    hasty.once(Reply(200, how=how))
    began = time.monotonic()
    error = hasty.failed()
    assert isinstance(error, Unanswered)  # it may have taken the notice
    assert time.monotonic() - began < 3


def test_an_answer_without_end_is_read_up_to_a_bound(hasty: Bench) -> None:
    hasty.once(Reply(503, how="endless"))
    began = time.monotonic()
    assert isinstance(hasty.failed(), Transient)
    assert time.monotonic() - began < 0.4


def test_no_redirect_is_followed(bench: Bench) -> None:
    with LoopbackReceiver() as inner:
        for status in (301, 302, 307, 308):
            bench.once(Reply(status, INNER.encode(), {"Location": f"{inner.address}/{INNER}"}))
            assert isinstance(bench.failed(), Permanent)
        assert inner.sent == []
    assert bench.texts() == []


def test_a_proxy_of_the_environment_sees_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackReceiver() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        bench.send()
        assert proxy.sent == []
    assert len(bench.texts()) == 1


def test_an_own_network_that_nobody_allowed_gets_nothing(bench: Bench) -> None:
    post = Post()
    bench.notifier = (
        WebhookNotifier(post)
        if isinstance(bench.notifier, WebhookNotifier)
        else TelegramNotifier(post, read(bench.receiver.address), TOKEN)
    )
    assert isinstance(bench.failed(), Permanent)
    assert bench.receiver.sent == []


def test_an_end_that_the_receiver_declares_is_told(bench: Bench) -> None:
    bench.once(Reply(410 if bench.destination.secrets else 403, INNER.encode()))
    assert isinstance(bench.failed(), Gone)


# Webhooks alone


@pytest.fixture
def hook() -> Iterator[Bench]:
    yield from webhook(5.0)


def test_the_headers_of_a_webhook_are_those_of_the_standard(hook: Bench) -> None:
    hook.send()
    [sent] = hook.receiver.sent
    assert sent.headers["webhook-id"] == notice().id
    assert abs(int(sent.headers["webhook-timestamp"]) - time.time()) < 5
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["host"] == f"127.0.0.1:{hook.receiver.port}"
    assert sent.path == f"/{PATH_SECRET}"


def test_the_body_of_a_webhook_has_all_of_the_notice(hook: Bench) -> None:
    hook.send()
    told = hook.receiver.sent[0].json()
    assert told["type"] == "publication.found"
    assert told["timestamp"] == "2026-11-30T12:05:01+00:00"
    assert told["data"] == {
        "id": notice().id,
        "alert": "ferries",
        "query": "паром -отпуск",
        "reason": "new",
        "channel": "city",
        "publication_id": 17,
        "revision": 2,
        "posted_at": "2026-11-30T12:05:01+00:00",
        "link": "https://t.me/city/17",
        "page": "https://archive.example.org/p/city/17",
        "text": TEXT,
        "text_whole": True,
        "tags": ["паром", "порт"],
        "media": ["ab" * 32],
    }


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((201, None), (400, Permanent), (401, Transient), (404, Transient), (408, Transient)),
        (410, Gone),
        *((413, Permanent), (422, Permanent), (425, Transient), (501, Permanent), (504, Transient), (599, Transient)),
    ],
)
def test_each_status_has_its_meaning(hook: Bench, status: int, kind: type[MediaAuditError] | None) -> None:
    hook.once(Reply(status, INNER.encode()))
    if kind is None:
        hook.send()
    else:
        assert isinstance(hook.failed(), kind)


def test_a_pause_of_the_receiver_is_bounded(hook: Bench) -> None:
    for asked, told in (("1e9", 86_400.0), ("-1", None), (INNER, None)):
        hook.once(Reply(503, b"", {"Retry-After": asked}))
        error = hook.failed()
        assert isinstance(error, Transient)
        assert error.retry_after == told


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_c2hvcnQ=",), (SECRET, "wrong"), (SECRET[6:],)])
def test_nothing_goes_out_without_a_sound_signature(hook: Bench, secrets: tuple[str, ...]) -> None:
    hook.destination = replace(hook.destination, secrets=secrets)
    assert isinstance(hook.failed(), Permanent)
    assert hook.receiver.sent == []


# Telegram alone


@pytest.fixture
def bot() -> Iterator[Bench]:
    yield from telegram(5.0)


def test_a_message_is_plain_text_with_its_links(bot: Bench) -> None:
    bot.send(notice(text=TEXT + "x" * 10_000))
    message = bot.receiver.sent[0].json()
    assert message["chat_id"] == "42"
    assert "parse_mode" not in message
    assert message["text"].startswith("ferries: new post in city\nпаром -отпуск\n\nПаром «Рассвет» 😀 <b>отменён</b>")
    assert message["text"].endswith("…\n\nhttps://t.me/city/17\nhttps://archive.example.org/p/city/17")


def test_a_chat_that_is_not_there_is_told_with_the_remedy(bot: Bench) -> None:
    bot.destination = replace(bot.destination, address="77")
    error = bot.failed()
    assert isinstance(error, Permanent)
    assert not isinstance(error, Gone)
    assert "write to the bot first" in str(error)


@pytest.mark.parametrize("address", ["", "name", "@", "4 2", "42/../x", "@a", "https://t.me/city"])
def test_an_address_that_is_no_chat_gets_nothing(bot: Bench, address: str) -> None:
    bot.destination = replace(bot.destination, address=address)
    assert isinstance(bot.failed(), Permanent)
    assert bot.receiver.sent == []


def test_a_blocked_bot_is_gone(bot: Bench) -> None:
    assert isinstance(bot.receiver.answer, LoopbackBots)
    bot.receiver.answer.blocked.add("42")
    assert isinstance(bot.failed(), Gone)


def test_telegram_says_when_to_try_again(bot: Bench) -> None:
    told = b'{"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 31}}'
    bot.once(Reply(429, told))
    error = bot.failed()
    assert isinstance(error, Transient)
    assert (error.retry_after, error.charge) == (31, False)


@pytest.mark.parametrize("token", [None, "1:unknown", "123456:unknown", "../../x", "1:a/b?c"])
def test_a_wrong_token_waits_for_its_correction(bot: Bench, token: str | None) -> None:
    bot.notifier = TelegramNotifier(Post(LOOPBACK), read(bot.receiver.address), token)
    error = bot.failed()
    assert isinstance(error, Misconfigured)
    assert "ALERTS_TELEGRAM_TOKEN" in str(error)
    assert not token or token not in str(error)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"ok": false}', b"{" * 5_000, b"\xff"])
def test_a_success_that_telegram_did_not_say_is_none(bot: Bench, body: bytes) -> None:
    bot.once(Reply(200, body))
    assert isinstance(bot.failed(), Transient)
