"""An invitation link as Telegram describes it to one account. Its hash is a key: it stands in none of these values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# member: the account is in the channel; open: it may join; approval: the channel's owners decide about a request;
# requested: it has asked them; group, paid: a small group, or a subscription, which cannot be joined here.
Stance = Literal["member", "open", "approval", "requested", "group", "paid"]


@dataclass(frozen=True)
class Invitation:
    """The channel behind a link. telegram_id: known to members alone. participants: 0 if Telegram does not tell."""

    stance: Stance
    title: str
    participants: int = 0
    telegram_id: int | None = None
    fresh: bool = False  # whether the account joined by this call

    @property
    def named(self) -> str:
        """The title with the number of members, for a sentence."""
        members = f" ({self.participants:,} {'member' if self.participants == 1 else 'members'})"
        return f"“{self.title}”{members if self.participants else ''}"


def refusal(invitation: Invitation, *, join: bool) -> str | None:
    """The reason why the channel of the link cannot be watched now, with the remedy; None if nothing is in the way."""
    match invitation.stance:
        case "group":
            return (
                f"this invitation opens {invitation.named}, a small group: Media Audit reads channels and large groups"
            )
        case "paid":
            return (
                f"this invitation opens {invitation.named} for money: Media Audit pays nothing; subscribe in a Telegram"
                " app, then add it again"
            )
        case "open" | "approval" if not join:
            return (
                f"this invitation opens {invitation.named}, where the account is no member: `media-audit channels add"
                " --join` with the link joins it"
            )
    return None
