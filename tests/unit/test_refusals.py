"""Every refusal that Telethon knows, and some that it does not: what may end because of it, and what waits."""

from __future__ import annotations

import inspect

import pytest
from telethon import errors
from telethon.errors import rpcerrorlist

from app.adapters.telegram.errors import FLOODS, SessionLost, translate
from app.adapters.telegram.holds import Holds, Key
from app.adapters.telegram.refusals import AccountRefused, ChannelRefused, told_by
from app.domain.kinds import State
from app.domain.refusals import LONGEST_PAUSE, About, Scope, pause_after, scope_of
from app.domain.retries import after
from app.errors import MediaAuditError, Permanent, Transient, Withheld

CLASSES = [
    found
    for _, found in inspect.getmembers(rpcerrorlist, inspect.isclass)
    if issubclass(found, errors.RPCError) and found.__module__ == rpcerrorlist.__name__
]
OF_THE_FILE = {
    "DOCUMENT_INVALID",
    "FILE_ID_INVALID",
    "LOCATION_INVALID",
    "MEDIA_EMPTY",
    "MEDIA_INVALID",
    "PHOTO_ID_INVALID",
    "PHOTO_INVALID",
    "WEBDOCUMENT_INVALID",
    "WEBDOCUMENT_MIME_INVALID",
    "WEBDOCUMENT_SIZE_TOO_BIG",
    "WEBDOCUMENT_URL_INVALID",
}
NO_SUCH_NAME = {"USERNAME_INVALID", "USERNAME_NOT_OCCUPIED", "USERNAME_PURCHASE_AVAILABLE"}


def raised(kind: type[errors.RPCError]) -> errors.RPCError:
    with_number = "capture" in inspect.signature(kind.__init__).parameters
    return kind(request=None, capture=7) if with_number else kind(request=None)


def answered(name: str, code: int) -> errors.RPCError:
    """As Telethon makes the error of an answer."""

    class Answer:
        error_code, error_message = code, name

    return errors.rpc_message_to_error(Answer, None)


def test_nothing_ends_but_by_a_refusal_of_the_file_itself() -> None:
    assert len(CLASSES) > 500
    for kind in CLASSES:
        error = raised(kind)
        _, name = told_by(error)
        verdicts = {about: translate(error, about) for about in About}
        ended = {about for about, verdict in verdicts.items() if isinstance(verdict, Permanent)}
        expected = {About.FILE} if name in OF_THE_FILE else {About.ACCOUNT} if name in NO_SUCH_NAME else set()
        assert ended == expected, name
        for verdict in verdicts.values():
            assert isinstance(verdict, MediaAuditError)
            assert "caused by" not in str(verdict)
            assert not isinstance(verdict, Withheld) or after(verdict, 99, 5, 0.0).state is State.WAITING


def test_only_servers_that_fail_cost_attempts() -> None:
    charged = {
        kind.__name__
        for kind in CLASSES
        for verdict in [translate(raised(kind), About.FILE)]
        if isinstance(verdict, Transient) and verdict.charge
    }
    allowed = {kind.__name__ for kind in CLASSES if issubclass(kind, errors.ServerError | errors.TimedOutError)}
    allowed |= {kind.__name__ for kind in CLASSES if issubclass(kind, errors.InvalidDCError)}
    stale = {"FileReferenceExpiredError", "FileReferenceInvalidError", "FileReferenceEmptyError"}
    assert charged <= allowed | stale | {"FilerefUpgradeNeededError", "MsgWaitFailedError"}


@pytest.mark.parametrize(
    ("name", "code", "about", "kind", "says"),
    [
        ("FROZEN_METHOD_INVALID", 420, About.FILE, AccountRefused, "the account is frozen: appeal"),
        ("FROZEN_METHOD_INVALID", 406, About.CHANNEL, AccountRefused, "the account is frozen: appeal"),
        ("FROZEN_SOMETHING_NEW", 400, About.ACCOUNT, AccountRefused, "the account is frozen: appeal"),
        ("USER_DEACTIVATED_BAN", 401, About.FILE, SessionLost, "another account"),
        ("USER_DEACTIVATED", 403, About.CHANNEL, SessionLost, "another account"),
        ("SESSION_REVOKED", 401, About.FILE, SessionLost, "run `media-audit login` and set"),
        ("SOMETHING_NEW", 401, About.CHANNEL, SessionLost, "media-audit login"),
        ("CHANNEL_PRIVATE", 406, About.CHANNEL, ChannelRefused, "join it"),
        ("CHANNEL_PRIVATE", 400, About.FILE, ChannelRefused, "join it"),
        ("CHANNEL_PUBLIC_GROUP_NA", 403, About.CHANNEL, ChannelRefused, "join it"),
        ("CHAT_FORBIDDEN", 403, About.CHANNEL, ChannelRefused, "join it"),
        ("USER_BANNED_IN_CHANNEL", 400, About.CHANNEL, ChannelRefused, "banned"),
        ("CHANNEL_INVALID", 400, About.CHANNEL, ChannelRefused, "cannot see the channel"),
        ("SOMETHING_NEW", 406, About.CHANNEL, ChannelRefused, "SOMETHING_NEW"),
        ("SOMETHING_NEW", 400, About.CHANNEL, ChannelRefused, "SOMETHING_NEW"),
        ("CHANNELS_TOO_MUCH", 400, About.ACCOUNT, AccountRefused, "leave some"),
        ("API_ID_INVALID", 400, About.ACCOUNT, AccountRefused, "TELEGRAM_API_ID"),
        ("SOMETHING_NEW", 420, About.FILE, AccountRefused, "SOMETHING_NEW"),
        ("SOMETHING_NEW", 400, About.FILE, Withheld, "SOMETHING_NEW"),
        ("FILE_ID_INVALID", 400, About.FILE, Permanent, "refuses the file"),
        ("FILE_ID_INVALID", 400, About.CHANNEL, ChannelRefused, "FILE_ID_INVALID"),
        ("SOMETHING_NEW", -503, About.FILE, Transient, "did not answer"),
    ],
)
def test_what_a_refusal_is_of(name: str, code: int, about: About, kind: type, says: str) -> None:
    verdict = translate(answered(name, code), about)
    assert isinstance(verdict, kind)
    assert says in str(verdict)
    assert isinstance(verdict, Permanent) is (kind is Permanent)


def test_a_name_with_more_in_it_than_a_name_tells_nothing_of_it() -> None:
    said = str(translate(answered("BAD +7 900 'secret key'\n" + "X" * 500, 400), About.FILE))
    assert "ERROR_400" in said
    assert "900" not in said


def test_floods_are_no_refusals() -> None:
    assert all(scope_of(420, f"{name}_7") is Scope.FLOOD for name in ("FLOOD_WAIT", "FLOOD_PREMIUM_WAIT"))
    assert all(told_by(raised(kind))[1].endswith("_WAIT_X") for kind in FLOODS)


def test_pauses_double_up_to_their_bound() -> None:
    pauses = [pause_after(count) for count in range(1, 40)]
    assert pauses[:4] == [2, 4, 8, 16]
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE


def test_a_refused_subject_is_held_back_until_its_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("app.adapters.telegram.holds.time.monotonic", lambda: now)
    holds = Holds()
    files: Key = ("method", "GetFileRequest")
    other: Key = ("channel", "5:1")
    pauses = []
    for _ in range(3):
        first = holds.refused(files, AccountRefused("frozen"))
        now += 1
        assert holds.refused(files, AccountRefused("frozen")).retry_after == (first.retry_after or 0) - 1
        with pytest.raises(AccountRefused, match="frozen") as held:
            holds.admit(other, files)
        pauses.append(first.retry_after)
        now += held.value.retry_after or 0
        holds.admit(other, files)
    assert pauses == [2, 4, 8], "refusals at the same time count once"
    holds.allowed(files)
    assert holds.refused(files, AccountRefused("frozen")).retry_after == 2


def test_history_is_held_back_by_itself_and_opens_with_its_channel() -> None:
    holds = Holds()
    channel: Key = ("channel", "5:1")
    history: Key = ("history", "5:1")
    holds.refused(history, ChannelRefused("private"))
    holds.admit(channel)
    holds.allowed(channel)
    with pytest.raises(ChannelRefused):
        holds.admit(history)
    holds.refused(channel, ChannelRefused("private"))
    holds.allowed(channel)
    holds.admit(history)
