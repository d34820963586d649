"""Turns invitation links into the numbers of channels; with consent, it joins them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from app.adapters.telegram.errors import AccountBusy
from app.domain.invitations import Invitation, refusal
from app.domain.links import channel
from app.domain.names import numbered
from app.errors import MediaAuditError, Permanent, UserError


class Opener(Protocol):
    """Looks behind the hash of a link, and accepts it."""

    def look(self, hash_: str) -> Invitation:
        """The channel behind the link; joins nothing."""

    def accept(self, hash_: str) -> Invitation:
        """Joins the channel, or asks its owners for that."""


def invitations(texts: Iterable[str]) -> dict[str, str]:
    """The texts that are invitation links -> their hashes, which no message may show."""
    found = {}
    for text in texts:
        try:
            reference = channel(text)
        except Permanent as error:
            raise UserError(error.reason) from None
        if reference.invite:
            found[text] = reference.invite
    return found


def opened(opener: Opener, hash_: str, *, join: bool) -> Invitation:
    """The channel of one link, after joining it if that is asked. UserError with the remedy if it stays closed."""
    try:
        found = opener.look(hash_)
        if reason := refusal(found, join=join):
            raise UserError(reason)
        return _inside(opener.accept(hash_)) if join else found
    except AccountBusy:
        raise UserError(
            "another process is connected with this Telegram account, and an invitation link needs the connection:"
            " stop the process (`media-audit down`), then add the link again"
        ) from None
    except UserError:
        raise
    except MediaAuditError as error:
        raise UserError(f"the invitation link was not opened: {error}") from None


def _inside(invitation: Invitation) -> Invitation:
    if invitation.stance in ("member", "requested"):
        return invitation
    raise UserError(f"Telegram did not let the account into {invitation.named}: join it in a Telegram app, then add it")


def number(invitation: Invitation) -> str | None:
    """The form in which the channel is added; None while its owners have not let the account in."""
    return None if invitation.telegram_id is None else numbered(invitation.telegram_id)
