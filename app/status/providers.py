"""The state of paid providers: tokens spent against their caps, and the block that pauses their calls, if any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app import db
from app.domain.breaker import THRESHOLD
from app.domain.budget import Account, Limits
from app.models import PaidProvider, TokenLedger
from app.pipeline.engine import ledger
from app.pipeline.engine.caps import Field, OperatorCap, Span, of_operators, with_operators
from app.settings import Settings
from app.status.silence import silence_of


@dataclass(frozen=True)
class ProviderStatus:
    """A paid provider. today, month: tokens of this UTC day and month; a cap of None is no limit.

    block: rate, outage, credit or setting while calls pause until `until`, else None.
    """

    name: str
    today: int
    daily_cap: int | None
    month: int
    monthly_cap: int | None
    under_way: int
    at_once: int
    block: str | None = None
    until: datetime | None = None
    reason: str | None = None
    failures: int = 0  # in a row
    trying: bool = False  # it failed, its pause is over, and one call probes whether it is back
    unknown: int = 0  # calls with an unknown outcome; they count as spent
    unknown_tokens: int = 0  # reserved by those calls
    silent: int = 0  # of its last answers, those that said nothing that was asked for
    silent_reason: str | None = None  # of the newest of them
    failing_since: datetime | None = None  # the first of the failures in a row
    daily_operator: OperatorCap | None = None  # who set daily_cap; None: OPENAI_DAILY_TOKENS or the like
    monthly_operator: OperatorCap | None = None

    @property
    def state(self) -> str:
        """ok, resting, or trying."""
        return "resting" if self.block else "trying" if self.trying else "ok"


def cap_in_words(name: str, span: Span, cap: int | None, operator: OperatorCap | None) -> str:
    """A cap in force, and where it comes from. name: of its setting."""
    tokens = "no limit" if cap is None else f"{cap:,} tokens"
    if operator is None:
        return f"{tokens} a {span} ({name})"
    until = "changed back" if operator.until is None else f"{operator.until.astimezone(UTC):%H:%M} UTC"
    return f"{tokens} a {span} (set by {operator.by} until {until})"


def caps_in_words(one: ProviderStatus) -> str:
    """Both caps of a provider."""
    name = one.name.upper()
    day = cap_in_words(f"{name}_DAILY_TOKENS", "day", one.daily_cap, one.daily_operator)
    month = cap_in_words(f"{name}_MONTHLY_TOKENS", "month", one.monthly_cap, one.monthly_operator)
    return f"{day}, {month}"


def providers(session: Session, settings: Settings) -> list[ProviderStatus]:
    """The paid providers that are configured or were used, by name."""
    used = session.scalars(select(PaidProvider.provider))
    lost = _unknown(session)
    now = db.now(session).astimezone(UTC)
    found = []
    for name in sorted({*settings.paid_providers(), *used}):
        caps = of_operators(session, name, now)
        limits = with_operators(settings.limits(name), caps)
        account = ledger.account(session, name, limits)
        one = _provider(name, account, limits, caps, *lost.get(name, (0, 0)))
        silence = silence_of(session, name)
        found.append(replace(one, silent=silence.count, silent_reason=silence.reason) if silence else one)
    return found


def _provider(
    name: str,
    account: Account,
    limits: Limits,
    caps: Mapping[Field, OperatorCap],
    unknown: int,
    unknown_tokens: int,
) -> ProviderStatus:
    block = account.block if account.block is not None and account.block.until > account.now else None
    return ProviderStatus(
        name=name,
        today=account.today,
        daily_cap=limits.daily,
        month=account.month,
        monthly_cap=limits.monthly,
        under_way=account.open,
        at_once=limits.at_once,
        block=block.kind if block else None,
        until=block.until.astimezone(UTC) if block else None,
        reason=block.reason if block else None,
        failures=account.failures,
        trying=block is None and account.failures >= THRESHOLD,
        unknown=unknown,
        unknown_tokens=unknown_tokens,
        failing_since=account.failing_since.astimezone(UTC) if account.failing_since else None,
        daily_operator=caps.get("daily"),
        monthly_operator=caps.get("monthly"),
    )


def _unknown(session: Session) -> dict[str, tuple[int, int]]:
    """provider -> (calls with an unknown outcome, the tokens that they may have cost)."""
    # A literal, not a parameter: a generic plan could not use the partial index of unknown calls.
    unknown = TokenLedger.outcome == literal(ledger.UNKNOWN, literal_execute=True)
    query = (
        select(TokenLedger.provider, func.count(), func.sum(ledger.COUNTED))
        .where(unknown)
        .group_by(TokenLedger.provider)
    )
    return {provider: (count, int(tokens)) for provider, count, tokens in session.execute(query)}
