"""The page of audit entries: who did what, and when."""

from __future__ import annotations

from dataclasses import dataclass

from app.access import audit
from app.db import transaction
from app.domain.access.audited import act_named
from app.domain.access.roles import Act
from app.web.views import Views

views = Views()


@dataclass(frozen=True)
class AuditPage:
    """A page of entries. actor, act: those of which it lists entries, empty for all."""

    actor: str
    act: str
    page: audit.EntryPage


@views.view("/audit", "audit.html", Act.OPERATE)
def entries(actor: str = "", act: str = "", cursor: str | None = None) -> AuditPage:
    """The entries of `media-audit audit`, the newest first."""
    with transaction() as session:
        found = audit.entries(session, actor=actor.strip(), act=act_named(act), cursor=cursor)
    return AuditPage(actor.strip(), act, found)
