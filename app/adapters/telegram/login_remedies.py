"""The refusals of a login, each with its remedy."""

from __future__ import annotations

from telethon import errors

from app.adapters.telegram.errors import FLOODS, translate
from app.adapters.telegram.login_codes import waits
from app.adapters.telegram.refusals import told_by

_AGAIN = "run `media-audit login` again"
_BANNED = "Telegram has banned this number: take another account"
_DELETED = "Telegram has deleted this account: take another one"
_KEYS = "TELEGRAM_API_ID and TELEGRAM_API_HASH do not fit: copy both from https://my.telegram.org"
_NO_ACCOUNT = "no account has this number: make one in a Telegram app first"
_LONG_WAIT = "too many logins with this number: wait a day"
_EMAIL = "Telegram does not take this e-mail address: set one up in a Telegram app, then " + _AGAIN
# Telegram's names, since Telethon has no class for some.
REMEDIES: dict[str, str] = {
    "API_ID_INVALID": _KEYS,
    "API_ID_PUBLISHED_FLOOD": "this TELEGRAM_API_ID is public, so Telegram refuses it: make one of your own at"
    " https://my.telegram.org",
    "UPDATE_APP_TO_LOGIN": "Telegram wants a newer program for this login: upgrade Media Audit",
    "PHONE_NUMBER_BANNED": _BANNED,
    "USER_DEACTIVATED_BAN": _BANNED,
    "USER_DEACTIVATED": _DELETED,
    "INPUT_USER_DEACTIVATED": _DELETED,
    "PHONE_NUMBER_INVALID": "this is no telephone number: write it with its country code, such as +44...",
    "PHONE_NUMBER_UNOCCUPIED": _NO_ACCOUNT,
    "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN": _NO_ACCOUNT,
    "PHONE_CODE_EXPIRED": f"the code has expired: {_AGAIN} for a new one",
    "PHONE_CODE_INVALID": f"the code is wrong (PhoneCodeInvalid): {_AGAIN}",
    "PHONE_CODE_EMPTY": f"Telegram got no code: {_AGAIN}",
    "CODE_INVALID": f"the code of the e-mail is wrong: {_AGAIN}",
    "EMAIL_VERIFY_EXPIRED": f"the code of the e-mail has expired: {_AGAIN}",
    "EMAIL_INVALID": _EMAIL,
    "EMAIL_NOT_ALLOWED": _EMAIL,
    "EMAIL_NOT_SETUP": _EMAIL,
    "PASSWORD_HASH_INVALID": "the password of two-step verification is wrong (PasswordHashInvalid): a Telegram"
    " app can set a new one",
    "PHONE_PASSWORD_FLOOD": _LONG_WAIT,
    "PHONE_NUMBER_FLOOD": "too many codes were sent to this number: wait a day",
    "PHONE_PASSWORD_PROTECTED": "a password protects this number: log in with a Telegram app first",
    "SEND_CODE_UNAVAILABLE": f"Telegram has no further way to send a code: wait a day, then {_AGAIN}",
    "SMS_CODE_CREATE_FAILED": f"Telegram could not send an SMS: {_AGAIN} later",
    "SIGN_IN_FAILED": f"Telegram could not finish the login: {_AGAIN} later",
    "AUTH_RESTART": f"Telegram began the login anew: {_AGAIN}",
    "SRP_PASSWORD_CHANGED": f"the password was changed in the meantime: {_AGAIN}",
}


def remedy(error: errors.RPCError) -> str:
    """The reason of a refused login, with its remedy; holds no text of the request or the answer."""
    if isinstance(error, FLOODS):
        return f"too many tries: Telegram asks to wait {waits(error.seconds)}; {_AGAIN} then"
    return REMEDIES.get(told_by(error)[1]) or str(translate(error))
