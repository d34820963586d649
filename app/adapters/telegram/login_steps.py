"""The steps of a login by code: telephone number, code in one of several ways, e-mail address, password."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telethon import TelegramClient, errors
from telethon import password as srp
from telethon.tl import functions, types
from telethon.utils import parse_phone

from app.adapters.telegram.errors import FLOODS
from app.adapters.telegram.login_codes import WORDS, length_of, visible, waits, where
from app.adapters.telegram.login_remedies import remedy
from app.errors import UserError

Ask = Callable[[], str]
Tell = Callable[[str], object]
TRIES = 3  # of a code, an address or a password, because users mistype
EMPTY = 10  # empty answers in a row after which the login ends
auth = types.auth
WRONG_CODE = (errors.PhoneCodeInvalidError, errors.CodeInvalidError, errors.PhoneCodeEmptyError)


@dataclass(frozen=True)
class Questions:
    """The questions of a login, and the sentences between them."""

    phone: Ask
    code: Ask
    password: Ask
    email: Ask | None
    tell: Tell


def typed(text: str) -> str:
    """The code as a user types it: its digits alone, of any script; a code of words unchanged."""
    digits = [str(unicodedata.digit(c)) for c in text if unicodedata.digit(c, None) is not None]
    return "".join(digits) or text.strip()


class CodeLogin:
    """One login. RPCError if Telegram refuses for good, UserError if it asks for something that no terminal has."""

    def __init__(self, client: TelegramClient, ask: Questions) -> None:
        self._client = client
        self._ask = ask
        self._phone = ""
        self._sent: Any = None

    async def run(self) -> None:
        """Logs the client in."""
        given = self._ask.phone()
        self._phone = parse_phone(given) or given
        await self._send()
        wrong = expired = 0
        while not isinstance(self._sent, auth.SentCodeSuccess):
            try:
                self._finished(await self._client(self._request(await self._code())))
                return
            except errors.SessionPasswordNeededError:
                await check_password(self._client, self._ask)
                return
            except WRONG_CODE:
                if (wrong := wrong + 1) == TRIES:
                    raise
                self._ask.tell("The code is wrong: type it again.")
            except errors.PhoneCodeExpiredError:
                if (expired := expired + 1) == TRIES:
                    raise
                self._ask.tell("The code has expired: Telegram is asked for a new one.")
                await self._send()
        self._finished(self._sent.authorization)

    def _finished(self, answer: Any) -> None:
        if isinstance(answer, auth.AuthorizationSignUpRequired):
            raise errors.PhoneNumberUnoccupiedError(request=None)

    async def _send(self) -> None:
        request = functions.auth.SendCodeRequest(
            self._phone, self._client.api_id, self._client.api_hash, types.CodeSettings()
        )
        await self._took(await self._client(request))

    async def _took(self, sent: Any) -> None:
        """Remembers the code that is on its way and tells where it went."""
        self._sent = sent
        if isinstance(sent, auth.SentCodePaymentRequired):
            raise UserError(
                "the login failed: Telegram wants to be paid for a code to this number: log in with an official"
                " Telegram app first, then the code goes there"
            )
        if isinstance(getattr(sent, "type", None), auth.SentCodeTypeSetUpEmailRequired):
            await self._set_up_email()
        elif isinstance(sent, auth.SentCode):
            self._ask.tell(where(sent))

    async def _code(self) -> str:
        """The code; an empty answer asks for the next way."""
        for _ in range(EMPTY):
            given = self._ask.code()
            text = given.strip() if isinstance(self._sent.type, WORDS) else typed(given)
            if text:
                return self._end(text)
            await self._next_way()
        raise UserError("the login failed: no code was typed: run `media-audit login` again")

    def _end(self, text: str) -> str:
        """Of a missed call the code is the end of the number, which users may type as a whole."""
        missed = isinstance(self._sent.type, auth.SentCodeTypeMissedCall)
        return text[-length_of(self._sent) :] if missed else text

    async def _next_way(self) -> None:
        if self._sent.next_type is None:
            self._ask.tell(f"Telegram offers no other way. {where(self._sent)}")
            return
        try:
            await self._took(
                await self._client(functions.auth.ResendCodeRequest(self._phone, self._sent.phone_code_hash))
            )
        except FLOODS as error:
            self._ask.tell(f"Telegram sends no other code for {waits(error.seconds)}: the last one stays valid.")
        except errors.SendCodeUnavailableError:
            self._ask.tell("Telegram offers no other way now: the last code stays valid.")

    def _request(self, code: str) -> Any:
        if isinstance(self._sent.type, auth.SentCodeTypeEmailCode):
            verification = types.EmailVerificationCode(code)
            return functions.auth.SignInRequest(
                self._phone, self._sent.phone_code_hash, email_verification=verification
            )
        return functions.auth.SignInRequest(self._phone, self._sent.phone_code_hash, code)

    async def _set_up_email(self) -> None:
        """Gives the account an address for its logins, which Telegram demands here before it sends a code."""
        if self._ask.email is None:
            raise UserError(
                "the login failed: Telegram wants an e-mail address for logins: set one up in a Telegram app"
                " (Settings, Privacy and Security, Login Email), then run `media-audit login` again"
            )
        self._ask.tell("Telegram wants an e-mail address for the logins of this account before it sends a code.")
        purpose = types.EmailVerifyPurposeLoginSetup(self._phone, self._sent.phone_code_hash)
        await self._send_email(purpose, self._ask.email)
        verified = await self._verify_email(purpose)
        if not isinstance(verified, types.account.EmailVerifiedLogin):
            raise UserError("the login failed: Telegram sent no code after the e-mail: run `media-audit login` again")
        await self._took(verified.sent_code)

    async def _send_email(self, purpose: Any, ask: Ask) -> None:
        for attempt in range(1, TRIES + 1):
            request = functions.account.SendVerifyEmailCodeRequest(purpose, ask().strip())
            try:
                sent = await self._client(request)
            except errors.EmailInvalidError as error:
                if attempt == TRIES:
                    raise
                self._ask.tell(f"{remedy(error)}. Or type another address now.")
            else:
                self._ask.tell(
                    f"Telegram sent a code of {sent.length} characters by e-mail to {visible(sent.email_pattern)}."
                )
                return

    async def _verify_email(self, purpose: Any) -> Any:
        for attempt in range(1, TRIES + 1):
            verification = types.EmailVerificationCode(typed(self._ask.code()))
            try:
                return await self._client(functions.account.VerifyEmailRequest(purpose, verification))
            except WRONG_CODE:
                if attempt == TRIES:
                    raise
                self._ask.tell("The code is wrong: type it again.")
        raise AssertionError("the last attempt returns or raises")


async def check_password(client: TelegramClient, ask: Questions) -> None:
    """Asks for the password of two-step verification, with its hint, and checks it."""
    for attempt in range(1, TRIES + 1):
        asked = await client(functions.account.GetPasswordRequest())
        if attempt == 1 and asked.hint:
            ask.tell(f"Hint of the password: {visible(asked.hint)}")
        try:
            await client(functions.auth.CheckPasswordRequest(srp.compute_check(asked, ask.password())))
            return
        except (errors.PasswordHashInvalidError, errors.SrpIdInvalidError):
            if attempt == TRIES:
                raise
            ask.tell("The password is wrong: type it again.")
