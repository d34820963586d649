"""Statuses and network errors in words that name the setting and hold no secret."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from email.utils import format_datetime

import httpx
import pytest

from app.adapters.llm.failures import Names, from_network, from_status
from app.adapters.waits import rate_reset, retry_after
from app.errors import (
    Declined,
    Misconfigured,
    OutOfCredit,
    RateLimited,
    Refused,
    Skip,
    Unanswered,
    Unavailable,
)

NAMES = Names("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", "SSL_CERT_FILE", ("sk-secret",))


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, None, Declined),
        (400, "content_policy_violation", Refused),
        (401, None, Misconfigured),
        (402, None, OutOfCredit),
        (403, None, Misconfigured),
        (404, "model_not_found", Misconfigured),
        (408, None, Unavailable),
        (413, None, Skip),
        (422, None, Declined),
        (429, None, RateLimited),
        (429, "insufficient_quota", OutOfCredit),
        (500, None, Unavailable),
        (503, None, Unavailable),
        (529, None, Unavailable),
    ],
)
def test_each_status_means_one_thing(status: int, code: str | None, error: type[Exception]) -> None:
    body = json.dumps({"error": {"message": "because of sk-secret", "code": code}}).encode()
    found = from_status(status, {}, body, NAMES)
    assert type(found) is error
    assert "sk-secret" not in str(found)
    assert str(status) in str(found)
    assert "because of ***" in str(found)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[1]", b'"words"', b"<html>", b'{"error": "x"}', b'{"error": null}']
)
def test_strange_bodies_do_no_harm(body: bytes) -> None:
    assert type(from_status(500, {}, body, NAMES)) is Unavailable


@pytest.mark.parametrize("secret", ["sk-secret\n", " sk-secret ", "sk-\tsecret", 'sk-"secret', "sk-ключ"])
@pytest.mark.parametrize("form", [str, repr, str.strip, json.dumps, lambda text: repr(text.encode())])
def test_a_secret_is_cleaned_in_any_form(secret: str, form: Callable[[str], str]) -> None:
    names = dataclasses.replace(NAMES, secrets=("", secret))
    assert "***" in names.clean(f"said: {form(secret)}!")
    assert secret.strip().removeprefix("sk-") not in names.clean(f"said: {form(secret)}!")


def test_long_words_are_shortened() -> None:
    assert len(str(from_status(500, {}, b"<p>" * 10_000, NAMES))) < 400


def test_the_other_side_s_wait_is_kept() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    assert retry_after({"retry-after": "12.5"}) == 12.5
    assert 80 < (retry_after({"retry-after": format_datetime(soon, usegmt=True)}) or 0) <= 90
    assert [retry_after({"retry-after": value}) for value in ("", "soon", "inf", "nan")] == [None] * 4
    assert [retry_after({"retry-after": value}) for value in ("-5", "0", "Wed, 21 Oct 2015 07:28:00 GMT")] == [None] * 3
    assert retry_after({"retry-after": "1e12"}) == 86_400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "0", "retry-after": "9"}, 9),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0", "x-ratelimit-reset-requests": "20s"}, 20),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 360),
        (
            {
                "x-ratelimit-reset-requests": "1m30s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "2h",
                "x-ratelimit-remaining-tokens": "39000",
            },
            90,
        ),
        ({"x-ratelimit-reset-tokens": "250ms"}, 0.25),
        ({"ratelimit-reset": "17"}, 17),
        ({"x-ratelimit-reset": "-17"}, None),
        ({"x-ratelimit-reset": "1500000000"}, None),
        ({"x-ratelimit-reset-requests": "soon", "retry-after": "now"}, None),
        ({"x-ratelimit-reset-requests": "1e300"}, 86_400),
    ],
)
def test_a_limit_says_in_many_forms_when_it_ends(headers: dict[str, str], seconds: float | None) -> None:
    found = from_status(429, headers, b"", NAMES)
    assert isinstance(found, RateLimited)
    assert found.retry_after == seconds


def test_a_limit_may_end_at_a_moment() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=40)
    moments = {
        "x-ratelimit-reset": str(int(soon.timestamp() * 1000)),
        "anthropic-ratelimit-tokens-reset": soon.isoformat().replace("+00:00", "Z"),
    }
    for name, value in moments.items():
        assert 30 < (rate_reset({name: value}) or 0) <= 40


def test_limits_that_hold_make_no_outage_longer() -> None:
    found = from_status(500, {"x-ratelimit-reset-tokens": "6m0s"}, b"", NAMES)
    assert isinstance(found, Unavailable)
    assert found.retry_after is None


@pytest.mark.parametrize(
    "error",
    [
        {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}},
        {"code": None, "type": None, "innererror": {"code": "ResponsibleAIPolicyViolation"}},
        {"code": "data_inspection_failed"},
        {"code": 400, "status": "INVALID_ARGUMENT", "details": [{"reason": "PROHIBITED_CONTENT"}]},
        {"code": 403, "metadata": {"reasons": ["violence"], "flagged_input": "..."}},
    ],
)
def test_a_moderation_is_known_at_any_depth(error: dict[str, object]) -> None:
    body = json.dumps({"error": {"message": "no", **error}}).encode()
    assert type(from_status(403 if error["code"] == 403 else 400, {}, body, NAMES)) is Refused
    assert type(from_status(500, {}, body, NAMES)) is Unavailable


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), Unavailable),
        (httpx.ConnectTimeout("slow"), Unavailable),
        (httpx.ReadTimeout("sk-secret"), Unanswered),
        (httpx.RemoteProtocolError("cut"), Unanswered),
        (httpx.UnsupportedProtocol("ftp"), Misconfigured),
        (httpx.LocalProtocolError("Illegal header value b'Bearer sk-secret'"), Misconfigured),
    ],
)
def test_only_what_was_sent_may_have_been_paid(error: Exception, kind: type[Exception]) -> None:
    found = from_network(error, NAMES)
    assert type(found) is kind
    assert "sk-secret" not in str(found)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_names_the_address_setting_and_no_query(status: int) -> None:
    found = from_status(status, {"location": "https://other.example/sk-secret/v1?token=x"}, b"moved", NAMES)
    assert type(found) is Misconfigured
    assert "it redirects to https://other.example/***/v1; write the final address into OPENAI_BASE_URL" in str(found)
    assert "it redirects; write" in str(from_status(status, {}, b"", NAMES))
