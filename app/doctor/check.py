"""Types of the doctor's checks: a check, its result, and the errors with which it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.settings import Settings


@dataclass(frozen=True)
class CheckResult:
    """The result of one check. detail: the finding or the problem; remedy: how to solve the problem."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


class CheckFailed(Exception):
    """A check found a problem. args: the problem, and its remedy."""


class ChecksFailed(Exception):
    """A check found several problems. args: a CheckFailed for each."""


Check = Callable[[Settings], str]
