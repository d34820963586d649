"""Writes amounts of money as Telegram sends them: whole numbers of the smallest unit of a currency."""

from __future__ import annotations

# Digits behind the point (https://core.telegram.org/bots/payments/currencies.json); 2 for all others.
_WHOLE = frozenset({"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XPF"})
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
STARS = "XTR"


def price(currency: str, amount: int) -> str | None:
    """An amount for a reader: 125.00 EUR; None for nothing."""
    if not amount:
        return None
    if currency == STARS:
        return f"{amount} stars"
    digits = 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
    return f"{amount / 10**digits:.{digits}f} {currency}"
