"""Receivers of an alert on every post: webhooks, and a bot's chat.

Old posts are news for it, too: there is more to deliver, in the middle of everything else.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import text

from app.db import transaction
from tests.factories.alerts import alert
from tests.receiving import TOKEN, LoopbackBots, LoopbackReceiver, Reply, Sent

EVERY_POST = "-zyxwv"  # no post has the word
HOOK, CHAT = "/hook", "42"
SLOW = 0.05  # seconds of an answer: there is a middle of it


@dataclass
class Receivers:
    """A receiver of webhooks and the bot's interface, on one port.

    slow: seconds of an answer. busy: requests that have none yet.
    """

    bots: LoopbackBots = field(default_factory=LoopbackBots)
    slow: float = SLOW
    busy: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)
    server: LoopbackReceiver = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackReceiver(self._answer)

    def environment(self) -> dict[str, str]:
        """Settings by which notices come here."""
        return {
            "ALERTS_ALLOWED_NETWORKS": "127.0.0.0/8",
            "ALERTS_TELEGRAM_TOKEN": TOKEN,
            "ALERTS_TELEGRAM_API": self.server.address,
        }

    def _answer(self, sent: Sent) -> Reply:
        with self.guard:
            self.busy += 1
        time.sleep(self.slow)
        with self.guard:
            self.busy -= 1
        return Reply(204) if sent.path == HOOK else self.bots(sent)

    def hooked(self) -> list[Sent]:
        """The webhooks that came, doubles included."""
        return [sent for sent in self.server.sent if sent.path == HOOK]


def watch_all(receivers: Receivers) -> None:
    """Makes the alert. Its channels and its search seem to be there since ever, so that history is news."""
    alert(EVERY_POST, "every post", webhooks=[receivers.server.address + HOOK], chats=[CHAT])
    with transaction() as session:
        for statement in (
            "UPDATE alerts SET since = 'epoch'",
            "UPDATE saved_searches SET changed_at = 'epoch'",
            "ALTER TABLE channels ALTER COLUMN added_at SET DEFAULT 'epoch'",
        ):
            session.execute(text(statement))
