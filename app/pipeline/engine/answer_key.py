"""The key of the raw answers about one subject."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.kinds import Step


@dataclass(frozen=True)
class AnswerKey:
    """Identifies stored answers. key: the inputs that the answers depend on, besides the subject."""

    step: Step
    subject_id: int
    key: str
