"""Translates Telegram's errors into our three kinds. Messages name the remedy, and no secret or request content."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from telethon import errors

from app.adapters.telegram.redaction import words
from app.errors import MediaAuditError, Permanent, Transient, UserError

E = TypeVar("E", bound=MediaAuditError)

OUTAGE = 10.0  # seconds until the next try if Telegram or the database cannot be reached at all
UNTIL_LOGIN = 60.0  # seconds until the next try while the user has to log in
LOGIN = "run `media-audit login` and set TELEGRAM_SESSION to what it prints"


class SessionLost(Transient):
    """The session is no longer valid: the user has to log in again.

    That tells nothing about any post or file: all work waits for the new login, uncharged.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: {LOGIN}", UNTIL_LOGIN, charge=False)


class AccountBusy(UserError, Transient):
    """Another process is connected with this account. Commands show it; work is retried later."""

    def __init__(self) -> None:
        reason = "another process is connected with this Telegram account: stop it, or let it do the work"
        super().__init__(reason, OUTAGE, charge=False)


class Disconnected(Transient):
    """There is no connection. The cause is outside, so no attempt of a step is charged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, OUTAGE, charge=False)


class Flooded(Transient):
    """Telegram asks to wait (a flood wait): its schedule, not a failure of ours."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:.0f} s", seconds, charge=False)


class Unreadable(Transient):
    """An answer has a form that Telethon does not know. Holds the number of the form, never the bytes of the answer."""

    def __init__(self, form: str, messages: tuple[Any, ...] = ()) -> None:
        """form: the constructor in hex, or the error of reading it. messages: those of the page before that form."""
        super().__init__(f"an answer of Telegram holds a form that Telethon does not know ({form})")
        self.form = form
        self.messages = messages


def anew(error: E) -> E:
    """A copy of the error without a traceback.

    One instance that is raised again and again would collect the frames of all its callers and keep them for ever.
    """
    fresh = type(error).__new__(type(error), *error.args)
    fresh.__dict__.update(error.__dict__)
    return fresh


FLOODS = (errors.FloodWaitError, errors.FloodPremiumWaitError, errors.SlowModeWaitError)
SERVER_TROUBLE = (
    errors.ServerError,
    errors.TimedOutError,
    errors.RpcMcgetFailError,
    errors.InterdcCallErrorError,
    errors.InterdcCallRichErrorError,
)
STALE_REFERENCES = (
    errors.FileReferenceExpiredError,
    errors.FileReferenceInvalidError,
    errors.FileReferenceEmptyError,
    errors.FilerefUpgradeNeededError,
)
STALE_LOCATIONS = (errors.LocationInvalidError, errors.FileIdInvalidError)
# Names without a class in Telethon: references of one of several files, places in the old layout of storage.
_STALE_NAMES = re.compile(
    r"FILE_REFERENCE_(\d+_)?(EXPIRED|INVALID|EMPTY)|FILE_(ID|LOCATION|HASH)_INVALID|VOLUME_LOC_NOT_FOUND"
    r"|(FILE_)?LOCATION_(INVALID|NOT_AVAILABLE|NOT_FOUND)"
)
DEAD_KEYS = (errors.UnauthorizedError, errors.AuthKeyNotFound, errors.AuthKeyDuplicatedError)
_UNREACHABLE = (errors.ChannelPrivateError, errors.ChannelPublicGroupNaError, errors.ChatForbiddenError)
_NO_SUCH_NAME = (errors.UsernameInvalidError, errors.UsernameNotOccupiedError)


def stale_reference(error: BaseException) -> bool:
    """Whether a file's reference ran out: the message has a fresh one."""
    named = str(getattr(error, "message", None) or "").startswith("FILE_REFERENCE_")
    return isinstance(error, STALE_REFERENCES) or (isinstance(error, errors.RPCError) and named)


def stale_location(error: BaseException) -> bool:
    """Whether Telegram finds no file at an address: the message may have another one."""
    name = str(getattr(error, "message", None) or "")
    unnamed = isinstance(error, errors.RPCError) and _STALE_NAMES.fullmatch(name) is not None
    return isinstance(error, STALE_LOCATIONS) or unnamed


NO_KEY = "a test server's public key belongs into TELEGRAM_TEST_RSA_KEY"


def translate(error: BaseException) -> MediaAuditError:
    """An error of Telethon as one of ours. Unknown refusals of Telegram are permanent, unknown bugs transient."""
    if isinstance(error, MediaAuditError):
        return error
    if isinstance(error, FLOODS):
        return Flooded(max(1.0, float(error.seconds)))
    if lost := _lost_session(error):
        return SessionLost(lost)
    if isinstance(error, (*SERVER_TROUBLE, TimeoutError)):
        return Transient(f"Telegram did not answer: {_name(error)}")
    if "auth_key generation failed" in str(error):
        # Charged: no number of retries makes a data centre known whose key Telethon does not have.
        return Transient(f"no key exchange with this data centre ({NO_KEY})")
    if isinstance(error, OSError | EOFError):
        return Disconnected(f"no connection to Telegram: {_name(error)}")
    return _refusal(error) or Transient(words(error))


def _lost_session(error: BaseException) -> str | None:
    if isinstance(error, errors.AuthKeyDuplicatedError):
        return "the session was used from two places at once, and Telegram closed it"
    if isinstance(error, errors.AuthKeyNotFound):
        return "Telegram does not know the session"
    if isinstance(error, errors.UnauthorizedError) and not isinstance(error, errors.SessionPasswordNeededError):
        return f"Telegram refuses the session ({_name(error)})"
    return None


def _refusal(error: BaseException) -> Permanent | None:
    if isinstance(error, _UNREACHABLE):
        return Permanent("the channel is private or has banned this account: join it with the account first")
    if isinstance(error, _NO_SUCH_NAME):
        return Permanent("no channel has this name")
    if isinstance(error, errors.ChannelInvalidError | errors.PeerIdInvalidError):
        return Permanent("this account cannot see the channel: join it, or remove it and add it again")
    if isinstance(error, errors.RPCError):
        return Permanent(f"Telegram refuses: {_name(error)}")
    return None


def _name(error: BaseException) -> str:
    """Telegram's name for an RPC error, or Telethon's; not Telethon's text, which shows requests and answers."""
    return words(error)
