"""The kinds of failure that a step may raise, and the plain mistakes of a person."""

from __future__ import annotations


class MediaAuditError(Exception):
    """Base of every error that Media Audit raises on purpose."""


class Transient(MediaAuditError):
    """The same call may succeed later: the work row goes back to `due`.

    retry_after: seconds that the other side asked for (FLOOD_WAIT, Retry-After); None lets the backoff decide.
    charge: whether this attempt counts against the step's limit: a flood wait is the other side's schedule.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, charge: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.charge = charge


class Unavailable(Transient):
    """The other side itself failed (5xx, nobody there): says nothing about the subject of the work."""


class Declined(Unavailable):
    """The other side turned the question away and we do not know why (a 400, 422): another parameter may help, or
    nothing. One question that is declined again and again ends as dead; many in a row open the breaker."""


class RateLimited(Transient):
    """The other side wants fewer calls: everybody's next one waits, and no attempt is charged."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """retry_after: seconds, as the other side says."""
        super().__init__(reason, retry_after, charge=False)


class Unanswered(Transient):
    """A paid question went out and no usable answer came back (timeout, cut connection, garbage): it may have been
    charged, and asking again may pay twice."""


class OutOfCredit(Transient):
    """The account with a paid provider is empty: the provider stops, not the pipeline; work waits, uncharged."""

    def __init__(self, reason: str, retry_after: float = 3600.0) -> None:
        """retry_after: seconds; an hour by default, since a person has to pay first."""
        super().__init__(reason, retry_after, charge=False)


class Permanent(MediaAuditError):
    """No repetition will help: the work row becomes `dead` with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Permanent):
    """The provider will not speak about this file (moderation, refusal): a state of its own, never repeated."""


class Misconfigured(Permanent):
    """The provider turns every call away until a setting is put right, which the reason names: says nothing about
    the file."""


class Skip(MediaAuditError):
    """There is nothing to do here by rule (too large, no reader for the type): the work row becomes `skipped`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UserError(MediaAuditError):
    """A setting or argument is wrong; the message names the remedy. The command prints it and exits 2."""


def unexpected(error: Exception) -> Transient:
    """A bug of ours or of a library as a reason: tried again, dead in the end, never in silence."""
    return Transient(f"{type(error).__name__}: {str(error)[:500]}")
