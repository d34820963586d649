"""The findings of a check of an export."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Wrong(StrEnum):
    """The kinds of damage."""

    MISSING = "missing"  # listed, and not there
    CHANGED = "changed"  # another size or hash
    EXTRA = "extra"  # there, and not listed
    REFUSED = "refused"  # a link, a directory in place of a file, a path that leads elsewhere
    MANIFEST = "manifest"  # a line that no export writes, a file twice
    SIGNATURE = "signature"  # missing, or not over this manifest by this key
    KEY = "key"  # none, or other than the pinned one


@dataclass(frozen=True)
class Finding:
    """One damage. path: of the file that it is about."""

    wrong: Wrong
    path: str
    reason: str


@dataclass
class Report:
    """All that a check found. key: fingerprint of the key beside the manifest. pinned: whether it was compared.

    about: what the export tells of itself, as the manifest has it.
    """

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    size: int = 0
    key: str | None = None
    pinned: bool = False
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def add(self, wrong: Wrong, path: str, reason: str) -> None:
        """Notes a damage."""
        self.findings.append(Finding(wrong, path, reason))
