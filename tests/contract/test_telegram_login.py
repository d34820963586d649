"""Logins against the loopback Telegram: where the code goes, second tries, and each refusal with its remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.adapters.telegram import login
from app.adapters.telegram.login_remedies import REMEDIES
from app.demo.telegram import Account, Faults, LoopbackTelegram
from app.demo.telegram.faults import Refusal
from app.demo.telegram.state import MAIN_DC
from app.demo.world import World
from app.errors import UserError
from tests.telegram import trusting

PHONE = "+10000000000"
SEND, SIGN, CHECK = "auth.sendCode", "auth.signIn", "auth.checkPassword"


@pytest.fixture(autouse=True)
def trusted() -> Iterator[None]:
    with trusting():
        yield


class User:
    """Types these answers, the last one again and again, and reads the sentences."""

    def __init__(self, *codes: str, passwords: tuple[str, ...] = ("right",), emails: tuple[str, ...] = ("a@b.c",)):
        self.codes, self.passwords, self.emails = list(codes) or ["12345"], list(passwords), list(emails)
        self.told: list[str] = []

    def logs_in(self, server: LoopbackTelegram) -> str:
        """The session."""
        return login(
            1,
            "hash",
            lambda: PHONE,
            lambda: _next(self.codes),
            lambda: _next(self.passwords),
            (MAIN_DC, *server.address),
            email_callback=lambda: _next(self.emails),
            tell=self.told.append,
        )


def _next(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]


def refused(user: User, faults: Faults, account: Account | None = None) -> str:
    with LoopbackTelegram(World(), faults, account=account) as server, pytest.raises(UserError) as error:
        user.logs_in(server)
    assert PHONE.strip("+") not in "".join([str(error.value), *user.told])
    return str(error.value)


@pytest.mark.parametrize(
    ("way", "code", "words"),
    [
        ("app", "12345", "code of 5 characters to your Telegram apps"),
        ("sms", "12-345", "by SMS"),
        ("call", "12345", "a voice reads it"),
        ("flash_call", "+1 000 123 45", r"whole number, \+1000\*"),
        ("missed_call", "+1 000 1 23 45", r"the end of its number, \+1000"),
        ("email", "12345", r"by e-mail to l\*\*\*k@example.org"),
        ("fragment", "12345", "open https://fragment.com/login"),
        ("word", " apple ", "a word that begins with a"),
        ("phrase", "an apple 4 you ", "words that begin with an apple"),
    ],
)
def test_it_says_where_the_code_went_and_takes_it(way: str, code: str, words: str) -> None:
    right = {"flash_call": "100012345", "word": "apple", "phrase": "an apple 4 you"}.get(way, "12345")
    user = User(code)
    with LoopbackTelegram(World(), account=Account(right, ways=(way,))) as server:
        assert len(user.logs_in(server)) > 300
    (told,) = user.told
    assert re.search(words, told)


def test_an_empty_answer_asks_for_the_next_way_until_there_is_none() -> None:
    user = User("", "", "", "12345")
    with LoopbackTelegram(World(), account=Account(ways=("app", "sms", "call"))) as server:
        assert user.logs_in(server)
        sent = [entry.method for entry in server.ledger.entries if "Code" in entry.method]
    assert sent == [SEND, "auth.resendCode", "auth.resendCode"]
    app, sms, call, none = user.told
    assert "press Enter alone after 60 s: then it comes by SMS" in app
    assert "by SMS. If" in sms
    assert "then it comes by a telephone call" in sms
    assert "Enter" not in call
    assert "no other way" in none


def test_a_way_that_is_refused_leaves_the_last_code_valid() -> None:
    for name, words in (("FLOOD_WAIT_7300", "for 3 hours"), ("SEND_CODE_UNAVAILABLE", "no other way now")):
        user = User("", "12345")
        faults = Faults(refusals=(Refusal(name, 420 if "FLOOD" in name else 406, ("auth.resendCode",)),))
        with LoopbackTelegram(World(), faults, account=Account(ways=("app", "sms"))) as server:
            assert user.logs_in(server)
        assert words in user.told[1]


def test_endless_empty_answers_end_the_login() -> None:
    assert "no code was typed" in refused(User(""), Faults())


def test_an_address_for_logins_is_set_up_where_telegram_demands_one() -> None:
    user = User("99999", "12345", emails=("nonsense", "a@b.c"))
    with LoopbackTelegram(World(), account=Account(ways=("setup_email", "email"))) as server:
        assert user.logs_in(server)
    assert "wants an e-mail address" in user.told[0]
    assert "does not take this e-mail address" in user.told[1]
    assert "by e-mail to l***k@example.org" in user.told[2]
    assert "wrong" in user.told[3]


def test_a_wrong_code_is_asked_again_but_not_for_ever() -> None:
    user = User("99999", "88888", "12345")
    with LoopbackTelegram(World()) as server:
        assert user.logs_in(server)
    assert [text for text in user.told if "wrong" in text] == ["The code is wrong: type it again."] * 2
    assert "the code is wrong" in refused(User("99999"), Faults())


def test_an_expired_code_is_sent_again() -> None:
    user = User()
    with LoopbackTelegram(World(), Faults(refusals=(Refusal("PHONE_CODE_EXPIRED", 400, (SIGN,), first=1),))) as server:
        assert user.logs_in(server)
    assert "expired" in user.told[1]
    assert "apps" in user.told[2]


def test_the_hint_of_the_password_is_shown_without_control_characters() -> None:
    user = User(passwords=("wrong", "", "right"))
    with LoopbackTelegram(World(), account=Account(password="right", hint="the \x1b[31musual")) as server:
        assert user.logs_in(server)
    assert "Hint of the password: the [31musual" in user.told
    assert user.told[-2:] == ["The password is wrong: type it again."] * 2
    assert "right" not in "".join(user.told)


def test_the_login_moves_to_the_data_centre_of_the_account() -> None:
    faults = Faults(refusals=(Refusal("PHONE_MIGRATE_4", 303, (SEND,), first=1),))
    with LoopbackTelegram(World(), faults) as server:
        assert User().logs_in(server)
        assert {entry.connection for entry in server.ledger.entries if entry.method == SIGN} != {1}


def _method(name: str) -> str:
    """The request that Telegram refuses so."""
    if name.startswith(("PASSWORD_", "SRP_")):
        return CHECK
    return SIGN if name.startswith(("PHONE_CODE", "CODE_", "EMAIL_", "SIGN_")) else SEND


@pytest.mark.parametrize(
    ("name", "method"),
    [*((name, _method(name)) for name in sorted(REMEDIES)), ("PHONE_NUMBER_BANNED", SIGN), ("USER_DEACTIVATED", CHECK)],
)
def test_each_refusal_comes_with_its_remedy(name: str, method: str) -> None:
    faults = Faults(refusals=(Refusal(name, 401 if "DEACTIVATED" in name else 400, (method,)),))
    said = refused(User(), faults, Account(password="right"))
    assert said == f"the login failed: {REMEDIES[name]}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("FLOOD_WAIT_45", "wait 45 s; run"),
        ("FLOOD_WAIT_600", "wait 10 minutes; run"),
        ("FLOOD_WAIT_86399", "wait 24 hours; run"),
        ("FLOOD_WAIT_200000", "wait 3 days; run"),
        ("FROZEN_METHOD_INVALID", "the account is frozen: appeal"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ],
)
def test_waits_and_other_refusals_are_told_in_words(name: str, words: str) -> None:
    code = 420 if "FLOOD" in name or "FROZEN" in name else 400
    assert words in refused(User(), Faults(refusals=(Refusal(name, code, (SEND,)),)))
