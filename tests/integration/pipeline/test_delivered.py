"""From a post to its receivers: real notifiers, a receiver that verifies, the interface of Telegram's bots."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.adapters.notifier import notifiers
from app.adapters.notifier.inbox import Inbox, Verdict
from app.alerts import acts, signing
from app.db import transaction
from app.errors import UserError
from app.search.saved import save
from app.settings import get_settings
from tests.factories.alerts import EDITOR
from tests.factories.messages import message, now
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.flow import Flow
from tests.receiving import TOKEN, LoopbackBots, LoopbackReceiver, Reply


@pytest.fixture
def bots(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackBots]:
    """The interface of bots, where notices may go as to all of loopback."""
    made = LoopbackBots()
    with LoopbackReceiver(made) as server:
        monkeypatch.setenv("ALERTS_ALLOWED_NETWORKS", "127.0.0.0/8")
        monkeypatch.setenv("ALERTS_TELEGRAM_API", server.address)
        monkeypatch.setenv("ALERTS_TELEGRAM_TOKEN", TOKEN)
        get_settings.cache_clear()
        yield made


def test_a_secret_changes_without_a_notice_that_is_refused(bots: LoopbackBots, flow: Flow) -> None:
    flow.drive.notifiers = notifiers(get_settings())
    flow.watch()
    with LoopbackReceiver(lambda sent: Reply(204)) as receiver:
        with transaction() as session:
            save(session, "ferries", "паром")
            old = acts.add(session, EDITOR, acts.Wanted("ferries", webhooks=[receiver.address])).secret
        with pytest.raises(UserError, match="one secret"), transaction() as session:
            signing.end_old(session, EDITOR, "ferries")
        with transaction() as session:
            new = signing.renew(session, EDITOR, "ferries").secret
        flow.post(message(2, "Паром ушёл", date=now()))
        flow.run()
        with transaction() as session:
            signing.end_old(session, EDITOR, "ferries")
        flow.post(message(3, "Паром вернулся", date=now()))
        flow.run()
    assert old is not None
    by_old, by_new = ([Inbox((one,)).judge(s.headers, s.body).verdict for s in receiver.sent] for one in (old, new))
    assert by_new == [Verdict.NEW, Verdict.NEW]
    assert by_old == [Verdict.NEW, Verdict.REFUSED]
    entries = str(rows("SELECT e::text FROM audit_entries e"))
    assert not any(secret.removeprefix("whsec_") in entries for secret in (old, new))


def test_a_post_reaches_its_receivers_signed_once_each(bots: LoopbackBots, flow: Flow) -> None:
    flow.drive.notifiers = notifiers(get_settings())
    flow.watch()
    with LoopbackReceiver() as receiver:
        with transaction() as session:
            save(session, "ferries", "паром")
            wanted = acts.Wanted("ferries", webhooks=[f"{receiver.address}/hook"], chats=["42"])
            secret = acts.add(session, EDITOR, wanted).secret
        assert secret is not None
        receiver.answer = lambda sent: Reply(503 if len(receiver.sent) == 1 else 204)
        flow.post(message(2, "Паром ушёл", date=now()), message(3, "Трамвай", date=now()))
        flow.run()
        inbox = Inbox((secret,))
        judged = [inbox.judge(sent.headers, sent.body) for sent in receiver.sent]
    assert [one.verdict for one in judged] == [Verdict.NEW, Verdict.DOUBLE], "the second attempt has the same id"
    assert judged[0].content["data"]["text"] == "Паром ушёл"
    [told] = bots.messages
    assert told["text"].startswith("ferries: new post in ")
    assert "Паром ушёл" in told["text"]
    assert rows("SELECT state, count(*) FROM work WHERE step = 'deliver' GROUP BY state") == [("done", 2)]
