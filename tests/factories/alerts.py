"""Alerts on saved searches, and a receiver that keeps its notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.alerts import acts
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.alerts import Destination, Medium, Notice
from app.errors import MediaAuditError
from app.search.saved import save

EDITOR = Actor("anna", Via.PAGE)
HOOK = "https://hooks.example.org/anna"
CHAT = "-100123"


@dataclass
class Receiver:
    """Notifier port: accepts notices. `failures` are raised first, each once; a late one after it has the notice."""

    told: list[tuple[Destination, Notice]] = field(default_factory=list)
    failures: list[MediaAuditError] = field(default_factory=list)
    late: list[Exception] = field(default_factory=list)

    def send(self, destination: Destination, notice: Notice) -> None:
        """See Notifier."""
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((destination, notice))
        if self.late:
            raise self.late.pop(0)

    @property
    def notices(self) -> list[Notice]:
        """Those that came, in order."""
        return [notice for _, notice in self.told]

    def media(self) -> dict[Medium, Receiver]:
        """The same receiver for each medium."""
        return {Medium.WEBHOOK: self, Medium.TELEGRAM: self}


def alert(query: str, name: str = "alert", **wanted: Any) -> None:
    """A saved search and an alert of the same name on it; told by a webhook, if nothing else is wanted."""
    if not wanted.keys() & {"webhooks", "chats", "feed"}:
        wanted["webhooks"] = [HOOK]
    with transaction() as session:
        save(session, name, query)
        acts.add(session, EDITOR, acts.Wanted(name, **wanted))
