"""Logging in with a code and a password, and taking the login to another data centre."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any

from telethon import password as srp
from telethon.tl import functions, types

from app.demo.telegram.aliens import Alien
from app.demo.telegram.errors import RpcFailure
from app.demo.telegram.handshake import DH_PRIME, G
from app.demo.telegram.methods.login_codes import CODE_HASH, EMAIL, sent
from app.demo.telegram.registry import Call, answers
from app.demo.telegram.state import State

_ALGORITHM = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
    salt1=b"loopback", salt2=b"telegram", g=G, p=DH_PRIME.to_bytes(256, "big")
)
_B_SECRET = int.from_bytes(sha256(b"loopback").digest() * 8, "big")


@answers(functions.auth.SendCodeRequest, login=False)
def send_code(call: Call) -> Any:
    """Sends the code for any telephone number, the first way."""
    call.state.code_turn = 0
    return sent(call.state.account, 0)


@answers(functions.auth.ResendCodeRequest, login=False)
def resend_code(call: Call) -> Any:
    """Sends it the next way."""
    if call.state.code_turn + 1 >= len(call.state.account.ways):
        raise RpcFailure(406, "SEND_CODE_UNAVAILABLE")
    call.state.code_turn += 1
    return sent(call.state.account, call.state.code_turn)


@answers(functions.account.SendVerifyEmailCodeRequest, login=False)
def send_email(call: Call) -> Any:
    """Sends a code to the address that the account is to have for its logins."""
    if "@" not in call.request.email:
        raise RpcFailure(400, "EMAIL_INVALID")
    return types.account.SentEmailCode(EMAIL, len(call.state.account.code))


@answers(functions.account.VerifyEmailRequest, login=False)
def verify_email(call: Call) -> Any:
    """Takes that code, then sends the code of the login there."""
    if call.request.verification.code != call.state.account.code:
        raise RpcFailure(400, "CODE_INVALID")
    call.state.code_turn += 1
    return types.account.EmailVerifiedLogin(EMAIL, sent(call.state.account, call.state.code_turn))


@answers(functions.auth.SignInRequest, login=False)
def sign_in(call: Call) -> Any:
    """Logs in by the code, or asks for the password. A code that came by e-mail has a field of its own."""
    if call.request.phone_code_hash != CODE_HASH:
        raise RpcFailure(400, "PHONE_CODE_EXPIRED")
    by_email = call.state.account.ways[call.state.code_turn] == "email"
    given = getattr(call.request.email_verification, "code", None) if by_email else call.request.phone_code
    if given != call.state.account.code:
        raise RpcFailure(400, "PHONE_CODE_INVALID" if given else "PHONE_CODE_EMPTY")
    if call.state.account.password is not None:
        raise RpcFailure(401, "SESSION_PASSWORD_NEEDED")
    return authorise(call)


@answers(functions.account.GetPasswordRequest, login=False)
def get_password(call: Call) -> Any:
    """The parameters of the password check (https://core.telegram.org/api/srp)."""
    unknown = types.PasswordKdfAlgoUnknown(), types.SecurePasswordKdfAlgoUnknown()
    secret = call.state.account.password
    if secret is None:
        return types.account.Password(*unknown, secure_random=os.urandom(8))
    b = (_k() * _verifier(secret) + pow(G, _B_SECRET, DH_PRIME)) % DH_PRIME
    return types.account.Password(
        *unknown,
        secure_random=os.urandom(8),
        has_password=True,
        current_algo=_ALGORITHM,
        srp_B=b.to_bytes(256, "big"),
        srp_id=1,
        hint=call.state.account.hint,
    )


@answers(functions.auth.CheckPasswordRequest, login=False)
def check_password(call: Call) -> Any:
    """Logs in by the password."""
    given = call.request.password
    if call.state.account.password is None or _proof(call.state, given.A) != given.M1:
        raise RpcFailure(400, "PASSWORD_HASH_INVALID")
    return authorise(call)


@answers(functions.auth.LogOutRequest)
def log_out(call: Call) -> Any:
    """Ends the login; the key stays valid."""
    call.connection.key.authorised = False
    return types.auth.LoggedOut()


@answers(functions.auth.ExportAuthorizationRequest)
def export(call: Call) -> Any:
    """A token that the other data centre takes once."""
    if call.request.dc_id == call.connection.dc or call.request.dc_id not in call.state.ports:
        raise RpcFailure(400, "DC_ID_INVALID")
    token = os.urandom(16)
    user = call.connection.key.user
    call.state.exported[token] = (call.request.dc_id, user)
    return types.auth.ExportedAuthorization(user, token)


@answers(functions.auth.ImportAuthorizationRequest, login=False)
def import_(call: Call) -> Any:
    """Takes a token of the other data centre."""
    dc, user = call.state.exported.pop(call.request.bytes, (0, 0))
    if dc != call.connection.dc:
        raise RpcFailure(400, "AUTH_BYTES_INVALID")
    call.connection.key.user = user
    return authorise(call)


def authorise(call: Call) -> Any:
    """Logs the key in."""
    call.connection.key.authorised = True
    alien = "self" in call.state.faults.alien
    return types.auth.Authorization(Alien() if alien else call.state.user(call.connection.key.user))


def _k() -> int:
    g = srp.big_num_for_hash(G)
    return int.from_bytes(sha256(_ALGORITHM.p + g).digest(), "big")


def _verifier(secret: str) -> int:
    return pow(G, int.from_bytes(srp.compute_hash(_ALGORITHM, secret), "big"), DH_PRIME)


def _proof(state: State, a: bytes) -> bytes:
    """M1 as a client that knows the password computes it."""
    verifier = _verifier(state.account.password or "")
    b = ((_k() * verifier + pow(G, _B_SECRET, DH_PRIME)) % DH_PRIME).to_bytes(256, "big")
    u = int.from_bytes(sha256(a + b).digest(), "big")
    shared = pow(int.from_bytes(a, "big") * pow(verifier, u, DH_PRIME), _B_SECRET, DH_PRIME)
    mixed = srp.xor(sha256(_ALGORITHM.p).digest(), sha256(srp.big_num_for_hash(G)).digest())
    salts = sha256(_ALGORITHM.salt1).digest() + sha256(_ALGORITHM.salt2).digest()
    return sha256(mixed + salts + a + b + sha256(shared.to_bytes(256, "big")).digest()).digest()
