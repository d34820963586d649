"""The errors that a step may raise, each a verdict on its row of work, and UserError for mistakes of the user."""

from __future__ import annotations

from typing import Any


class MediaAuditError(Exception):
    """Base of every error that Media Audit raises on purpose.

    location: the fresh address of a file, if a failed download learnt one; no part of the text.
    strangers: names that lead to another channel now, if a failed look-up learnt that.
    """

    location: dict[str, Any] | None = None
    strangers: tuple[str, ...] = ()


class Transient(MediaAuditError):
    """The same call may succeed later: the work row goes back to `due`.

    retry_after: seconds that the server asked for (FLOOD_WAIT, Retry-After); None lets the backoff decide.
    charge: whether the attempt counts against the step's limit. A flood wait does not: it is the server's schedule.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, charge: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.charge = charge


class Unavailable(Transient):
    """The server itself failed (5xx, no connection): tells nothing about the subject of the work."""


class Declined(Unavailable):
    """The server rejected the call for an unknown reason (a 400, 422): another parameter may help, or nothing.

    A row that is declined again and again ends as dead; many rejected calls in a row open the breaker.
    """


class RateLimited(Transient):
    """The server wants fewer calls: the next call of every worker waits, and no attempt is charged."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """retry_after: seconds that the server asked for."""
        super().__init__(reason, retry_after, charge=False)


class Unanswered(Transient):
    """A paid call went out and no usable answer came back (timeout, cut connection, garbage).

    The provider may have charged it, so a retry may pay twice.
    """


class OutOfCredit(Transient):
    """The account with a paid provider is empty: calls to it stop, the pipeline goes on; work waits, uncharged."""

    def __init__(self, reason: str, retry_after: float = 3600.0) -> None:
        """retry_after: seconds; an hour by default, because the user has to pay first."""
        super().__init__(reason, retry_after, charge=False)


class Withheld(Transient):
    """Telegram refuses for now, and may allow it later: the row waits with this reason, uncharged, and is tried again.

    The work that needs no answer of Telegram goes on meanwhile. The media store says the same while it is closed.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """retry_after: seconds until the next request; None until the adapter has counted the refusals."""
        super().__init__(reason, retry_after, charge=False)


class Permanent(MediaAuditError):
    """No retry will help: the work row becomes `dead` with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Permanent):
    """The provider refuses this file (moderation, refusal): a state of its own, never retried."""


class NoAnswer(Permanent):
    """The model answered, and said nothing that was asked for (no words, thoughts alone, talk): never a result.

    The answer is stored with its price, so nothing asks the same again; the next provider is asked at once.
    own: the analysis of the text that the file itself holds, if any: it is kept where no other provider reads the file.
    """

    own: Any = None


class Misconfigured(Permanent):
    """The provider rejects every call until the user corrects a setting, which the reason names.

    Tells nothing about the file.
    """


class Incapable(Misconfigured):
    """The model of a setting cannot do what the call needs, such as see pictures: that is no fault of its server.

    Other calls to the provider go on; the next provider of the chain is asked at once, and the row again later.
    """


class Gone(Permanent):
    """The receiver says that this address is no more (410): nothing is sent to it again."""


class Skip(MediaAuditError):
    """A rule excludes this work (too large, no reader for the type): the work row becomes `skipped`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(Skip):
    """The provider takes no question of this size, not even with smaller pictures: another one may read the file."""


class UserError(MediaAuditError):
    """A setting or argument is wrong; the message names the remedy. The command prints it and exits 2."""


def unexpected(error: Exception) -> Transient:
    """A bug of ours or of a library as a reason: tried again, dead in the end, never in silence."""
    first = (str(error).splitlines() or [""])[0]  # the database's next lines show values of rows
    return Transient(f"{type(error).__name__}: {first[:500]}")
