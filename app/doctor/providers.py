"""The doctor's checks of paid providers: address, key, model, budget. None of them spends a token."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from app.adapters.llm.asker import Asker
from app.adapters.llm.connectors import connector
from app.adapters.vision.remote.factory import remote_vision
from app.db import now, transaction
from app.doctor import lessons, silence
from app.doctor.check import Check, CheckFailed
from app.domain.budget import Limits
from app.errors import MediaAuditError, Misconfigured, OutOfCredit, UserError
from app.pipeline.engine.caps import in_force
from app.ports import MediaInput
from app.settings import PAID, Settings

PROBE_SECONDS = 15.0  # for the list of models: a slower server would not read a picture in time either
SPANS = {"day": "daily", "month": "monthly"}
SHOWN = 8  # models that a remedy names
# The most common type, and the largest photograph of Telegram: an estimate opens no file if it knows the size.
PICTURE = MediaInput(Path(), "", "image/jpeg", (2560, 1920))


def examinations(settings: Settings) -> list[tuple[str, Check]]:
    """For each configured provider: whether it can be reached, whether its budget covers a call, what it answered."""
    return [
        (name, look)
        for provider in used(settings)
        for name, look in (
            (provider, lambda s, p=provider: reach(s, p)),
            (f"{provider} budget", lambda s, p=provider: budget(s, p, _in_force(s, p))),
            (f"{provider} answers", lambda s, p=provider: silence.answers(p)),
        )
    ]


def used(settings: Settings) -> dict[str, dict[str, str]]:
    """provider -> setting -> the model that it names, for vision, tags and answers; empty if no model is set."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    wanted = [(name, "vision_model" if name == settings.vision_provider else "") for name in _readers(settings)]
    for provider, setting in [*wanted, (settings.tagger, "tagger_model"), (settings.answerer, "answerer_model")]:
        if provider in PAID:
            name = setting if setting and getattr(settings, setting) else f"{provider}_model"
            model = getattr(settings, name)
            found[provider] |= {name.upper(): model} if model else {}
    return dict(found)


def reach(settings: Settings, provider: str) -> str:
    """Checks address, key and certificates by the list of models, and that the configured models are on the list."""
    began = time.monotonic()
    listed = _listed(settings, provider)
    took = f"answers after {time.monotonic() - began:.1f} s"
    said = [f"{took}, {_models(listed, used(settings)[provider])}", *_remarks(settings, provider)]
    return "; ".join([*said, *lessons.told(settings, provider, used(settings)[provider])])


def _models(listed: tuple[str, ...] | None, wanted: dict[str, str]) -> str:
    names = ", ".join(dict.fromkeys(wanted.values()))
    if listed is None:
        return f"but lists no models: whether {names or 'a model'} is there, the first call will show"
    for setting, model in wanted.items():
        if not offers(listed, model):
            raise CheckFailed(f"{setting}={model} is none of its models", f"set {setting} to one of {_some(listed)}")
    return f"has {names or _some(listed)}"


def offers(listed: tuple[str, ...], model: str) -> bool:
    """Whether the list has the model, by its name alone or with a version.

    Ollama (:latest) and GigaChat (:v1.2.19.2) list names with a version.
    """
    return any(name == model or (":" not in model and name.partition(":")[0] == model) for name in listed)


def _listed(settings: Settings, provider: str) -> tuple[str, ...] | None:
    _, connect = connector(settings, provider, "any", "", PROBE_SECONDS)
    asker = Asker(connect, f"doctor-{provider}", PROBE_SECONDS, "")
    try:
        return asker.models()
    except MediaAuditError as error:
        what, _, check = str(error).partition("; check ")
        raise CheckFailed(what, _remedy(error, provider, check)) from None
    finally:
        asker.close()


def _remedy(error: MediaAuditError, provider: str, check: str) -> str:
    if isinstance(error, Misconfigured):
        return f"check {check}" if check else "put that setting right"
    if isinstance(error, OutOfCredit):
        return f"top up the account with {provider}; work waits for it"
    return f"is {provider.upper()}_BASE_URL right, and is the server up? Work waits for it"


def _some(listed: tuple[str, ...]) -> str:
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more if listed else "none at all"


def _remarks(settings: Settings, provider: str) -> list[str]:
    """Names settings that make the connection unsafe, as a reminder."""
    if provider == "gigachat":
        verified = settings.gigachat_verify_ssl_certs
        return (
            []
            if verified
            else ["certificates are NOT verified (GIGACHAT_VERIFY_SSL_CERTS): anyone on the way can read the key"]
        )
    address = urlsplit(settings.openai_base_url or "")
    near = address.hostname in ("localhost", "127.0.0.1", "::1")
    plain = address.scheme == "http" and not near and settings.openai_api_key is not None
    told = [f"each request carries {', '.join(extra)} (OPENAI_EXTRA_BODY)"] if (extra := settings.extra_body()) else []
    return [*told, "the key goes over plain http (OPENAI_BASE_URL): anyone on the way can read it"] if plain else told


def _in_force(settings: Settings, provider: str) -> Limits:
    """The limits with the caps of operators; those of the settings while no database answers."""
    limits = settings.question_limits(provider)
    with suppress(DBAPIError, UserError), transaction() as session:
        return in_force(session, provider, limits, now(session).astimezone(UTC))
    return limits


def budget(settings: Settings, provider: str, limits: Limits | None = None) -> str:
    """The caps, and how much of each kind the first of them pays for, by the estimate of a call.

    limits: in force; None for those of the settings.
    """
    limits = limits or settings.question_limits(provider)
    prices = _prices(settings, provider)
    caps = [(name, cap) for name, cap in (("day", limits.daily), ("month", limits.monthly)) if cap is not None]
    for span, cap in caps:
        for what, price in prices.items():
            if cap < price:
                by_operator = SPANS[span] in limits.by_operator
                raise _too_small(f"{provider}_{SPANS[span]}_tokens".upper(), span, cap, what, price, by_operator)
    questions = _cap_of_questions(limits, prices)
    told = ", ".join(f"{cap:,} tokens a {span}{_whose(limits, SPANS[span])}" for span, cap in caps) or "no limit"
    span, cap = caps[0] if caps else ("", 0)
    enough = [f"{cap // price:,} {what}s" for what, price in prices.items() if cap]
    paid = f"{told}: enough for {' or '.join(enough)} a {span} at least" if enough else told
    return f"{paid}; {questions}" if questions else paid


def _whose(limits: Limits, kind: str) -> str:
    return " (set by an operator)" if kind in limits.by_operator else ""


def _cap_of_questions(limits: Limits, prices: dict[str, int]) -> str:
    """The cap of questions alone, in words; empty if this provider answers none, or without such a cap."""
    price, cap = prices.get("question"), limits.questions
    if price is None or cap is None:
        return ""
    whose = _whose(limits, "questions")
    if cap < price:
        raise _too_small("ASK_DAILY_TOKENS", "day", cap, "question", price, bool(whose))
    return f"{cap:,} tokens a day for questions{whose}: enough for {cap // price:,}"


def _too_small(setting: str, span: str, cap: int, what: str, price: int, by_operator: bool) -> CheckFailed:
    remedy = f"set {setting} to what a {span} may cost, {price} at least, or to unlimited"
    if by_operator:
        remedy = f"`media-audit budgets reset` brings back the cap of the settings; it must be {price} at least"
    return CheckFailed(f"{setting}={cap} is less than one {what} may cost, {price:,} tokens: nobody is asked", remedy)


def _prices(settings: Settings, provider: str) -> dict[str, int]:
    """picture, post, question -> largest tokens of one call about it, if this provider reads, tags or answers."""
    prices = {}
    if provider in _readers(settings):
        prices["picture"] = remote_vision(settings, provider).estimate(PICTURE)
    if settings.tagger == provider:
        prices["post"] = settings.tagger_input_tokens + settings.tagger_max_tokens
    if settings.answerer == provider:
        prices["question"] = settings.answerer_input_tokens + settings.answerer_max_tokens
    return prices


def _readers(settings: Settings) -> tuple[str, ...]:
    try:
        return settings.vision_chain()
    except UserError:  # the check `vision` reports it
        return ()
