"""Telegram's errors in our three kinds. Messages name the remedy; none carries a secret or a request's content."""

from __future__ import annotations

from typing import TypeVar

from telethon import errors

from app.errors import MediaAuditError, Permanent, Transient, UserError

E = TypeVar("E", bound=MediaAuditError)

OUTAGE = 10.0  # seconds until the next try when Telegram or the database cannot be reached at all
UNTIL_LOGIN = 60.0  # seconds until the next try while a person has to act
LOGIN = "run `media-audit login` and set TELEGRAM_SESSION to what it prints"


class SessionLost(Transient):
    """The login is worth nothing any more: a person has to log in again.

    That says nothing about any post or file: all work waits for the new login, uncharged.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: {LOGIN}", UNTIL_LOGIN, charge=False)


class AccountBusy(UserError, Transient):
    """Another process is connected with this account. A command shows it; waiting work is tried again later."""

    def __init__(self) -> None:
        reason = "another process is connected with this Telegram account: stop it, or let it do the work"
        super().__init__(reason, OUTAGE, charge=False)


class Disconnected(Transient):
    """No connection: the outside's fault, so no attempt of any step is charged for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, OUTAGE, charge=False)


class Flooded(Transient):
    """Telegram asks to wait; that is its schedule and no failure of ours."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:.0f} s", seconds, charge=False)


def anew(error: E) -> E:
    """The same news as an error of its own, without a traceback.

    One instance raised again and again collects the frames of all who met it, and keeps them for ever.
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
DEAD_KEYS = (errors.UnauthorizedError, errors.AuthKeyNotFound, errors.AuthKeyDuplicatedError)
_UNREACHABLE = (errors.ChannelPrivateError, errors.ChannelPublicGroupNaError, errors.ChatForbiddenError)
_NO_SUCH_NAME = (errors.UsernameInvalidError, errors.UsernameNotOccupiedError)


NO_KEY = "a test server's public key belongs into TELEGRAM_TEST_RSA_KEY"


def translate(error: BaseException) -> MediaAuditError:
    """What Telethon raised, as an error of ours. Unknown refusals of Telegram are permanent, unknown bugs transient."""
    if isinstance(error, MediaAuditError):
        return error
    if isinstance(error, FLOODS):
        return Flooded(max(1.0, float(error.seconds)))
    if lost := _lost_session(error):
        return SessionLost(lost)
    if isinstance(error, (*SERVER_TROUBLE, TimeoutError)):
        return Transient(f"Telegram did not answer: {_name(error)}")
    if "auth_key generation failed" in str(error):
        # Charged: another data centre whose key nobody knows will not become known by asking for ever.
        return Transient(f"no key exchange with this data centre ({NO_KEY})")
    if isinstance(error, OSError | EOFError):
        return Disconnected(f"no connection to Telegram: {_name(error)}")
    return _refusal(error) or Transient(f"{type(error).__name__}: {str(error)[:300]}")


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
    """Telegram's word for an RPC error, or Telethon's name for it; not Telethon's text, as that shows requests."""
    if type(error) in (errors.RPCError, *errors.base_errors.values()):
        return str(getattr(error, "message", None) or type(error).__name__)
    if isinstance(error, errors.RPCError):
        return type(error).__name__.removesuffix("Error")
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
