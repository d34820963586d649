"""What one examination of the doctor is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.settings import Settings


@dataclass(frozen=True)
class CheckResult:
    """One examination. detail: what was found, or what is wrong; remedy: what helps."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


class CheckFailed(Exception):
    """Something is wrong. args: what, and what helps."""


class ChecksFailed(Exception):
    """Several things are wrong. args: an Ill for each."""


Check = Callable[[Settings], str]
