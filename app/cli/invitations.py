"""Opens the invitation links among the arguments of `channels add`, over a connection of the command's own."""

from __future__ import annotations

from collections.abc import Sequence

import click

from app import wiring
from app.domain.invitations import Invitation
from app.operations.invitations import invitations, number, opened


def through_invitations(names: Sequence[str], *, join: bool) -> tuple[tuple[str, ...], list[Invitation]]:
    """The names with the number of its channel in place of each link, and the channels whose owners must decide.

    UserError if a link cannot be opened: then no channel of the call is added.
    """
    links = invitations(names)
    if not links:
        return tuple(names), []
    adapter = wiring.telegram()
    try:
        found = {text: opened(adapter.invitations, hash_, join=join) for text, hash_ in links.items()}
    finally:
        adapter.close()
        wiring.telegram.forget()
    for one in found.values():
        _tell(one)
    chosen = [number(found[name]) if name in found else name for name in names]
    return tuple(name for name in chosen if name), [one for one in found.values() if one.stance == "requested"]


def _tell(invitation: Invitation) -> None:
    if invitation.stance == "requested":
        text = f"asked to join {invitation.named}: its owners must accept the account; then add the link again"
        click.echo(text, err=True)
    elif invitation.fresh:
        click.echo(f"joined {invitation.named}", err=True)
