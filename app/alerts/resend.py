"""Sends a delivery once more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.alerts.lists import RESENT
from app.domain.access.audited import Acted, Actor
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.errors import UserError
from app.models import Alert, AlertDestination, AlertHit, Work
from app.pipeline.engine import work
from app.settings import get_settings


def resend(session: Session, actor: Actor, hit: int, destination: int) -> tuple[int, Call]:
    """Makes a delivery due again that ended, with the id that it had; returns the audit entry's number and the call.

    UserError for a delivery that does not exist or is still to be made, and for an address that ended.
    """
    query = select(Alert.name, AlertDestination.ended_at, Work.state)
    query = query.join(AlertHit, AlertHit.alert_id == Alert.id).join(
        AlertDestination, AlertDestination.alert_id == Alert.id
    )
    query = query.join(
        Work, (Work.step == Step.DELIVER) & (Work.subject_id == hit) & (Work.revision == AlertDestination.id)
    )
    found = session.execute(query.where(AlertHit.id == hit, AlertDestination.id == destination)).first()
    if found is None:
        raise UserError(f"there is no delivery {hit} to {destination}: see `media-audit alerts deliveries`")
    name, ended_at, state = found
    if ended_at is not None:
        raise UserError("the receiver said that this address is no more: make an alert with a new one")
    if State(state) not in RESENT:
        raise UserError("the delivery has not ended yet: it is tried by itself")
    work.requeue(session, Step.DELIVER, [(hit, destination)], hint=get_settings().republish_after)
    entry = record(session, actor, Acted.ALERT_RESEND, name, hit=hit, destination=destination)
    return entry, Call(Step.DELIVER, ((hit, destination),))
