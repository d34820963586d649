"""The key of the raw answers about one subject."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.kinds import Step


@dataclass(frozen=True)
class AnswerKey:
    """key: what the answers depend on beside the subject."""

    step: Step
    subject_id: int
    key: str
