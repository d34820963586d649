"""The secrets that sign the webhooks of an alert: made, and changed without a notice that its receiver refuses.

While they change, each notice has two signatures, so that the receiver may take the new secret at any time.
"""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.domain.access.audited import Acted, Actor
from app.domain.alerts import Medium
from app.domain.delivery.webhook import PREFIX
from app.errors import UserError
from app.models import Alert, AlertDestination

BYTES = 32


@dataclass(frozen=True)
class NewSecret:
    """A new secret, shown this once."""

    entry: int
    secret: str = field(repr=False)


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + base64.b64encode(random.token_bytes(BYTES)).decode()


def renew(session: Session, actor: Actor, name: str) -> NewSecret:
    """Gives the webhooks of an alert a new secret beside the one of now. UserError if it has none."""
    secret = new_secret()
    for row in _webhooks(session, name):
        row.secrets = [secret, *row.secrets[:1]]
    return NewSecret(record(session, actor, Acted.SECRET_RENEW, name), secret)


def end_old(session: Session, actor: Actor, name: str) -> int:
    """Signs with the newest secret alone. Returns the audit entry's number. UserError if there is no older one."""
    webhooks = _webhooks(session, name)
    if all(len(row.secrets) < 2 for row in webhooks):
        raise UserError(f"the webhooks of the alert {name!r} have one secret: there is no old one to end")
    for row in webhooks:
        row.secrets = row.secrets[:1]
    return record(session, actor, Acted.SECRET_END, name)


def _webhooks(session: Session, name: str) -> Sequence[AlertDestination]:
    query = (
        select(AlertDestination)
        .join(Alert, Alert.id == AlertDestination.alert_id)
        .where(Alert.name == name, AlertDestination.medium == Medium.WEBHOOK.value)
        .order_by(AlertDestination.id)
    )
    found = session.scalars(query.with_for_update()).all()
    if not found:
        raise UserError(f"there is no alert {name!r} with a webhook: see `media-audit alerts list`")
    return found
