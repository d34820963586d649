"""What a person adds to the questions to a model: instructions, a fixed language, fields of the request.

Answers depend on all three, so they are part of the identities of recipes and taggers. Unset, they leave every identity
as it is without them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from app.adapters.llm.quote import quoted
from app.domain import allotment, extra_body
from app.domain.languages import NAMES
from app.settings import Settings

# Quoted in one line, so that the instructions cannot end their quotation and take the place of the task.
INSTRUCTIONS = """

The owner of this archive adds, as one JSON string: {text}
Follow that as far as it leaves the fields of the answer and their form as they are."""


@dataclass(frozen=True)
class Customisation:
    """language: a code of ISO 639-1, None: as the prompt says. extra: canonical JSON of the request's extra fields."""

    instructions: str = ""
    language: str | None = None
    extra: str = ""

    @property
    def told(self) -> str:
        """The paragraph for the end of a task; empty without instructions."""
        return INSTRUCTIONS.format(text=quoted(self.instructions)) if self.instructions else ""

    @property
    def tokens(self) -> int:
        """An upper limit of tokens of that paragraph."""
        return allotment.tokens(self.told)

    @property
    def language_name(self) -> str | None:
        """The English name of the fixed language."""
        return NAMES[self.language] if self.language else None

    def identified(self, digest: str) -> str:
        """The hash (hex) of a prompt together with this; the same hash where nothing is set."""
        given = {"instructions": self.told, "language": self.language_name, "extra": self.extra}
        parts = {name: value for name, value in given.items() if value}
        return hashlib.sha256(json.dumps([digest, parts], sort_keys=True).encode()).hexdigest() if parts else digest


NONE = Customisation()


def customisation(settings: Settings, provider: str, purpose: Literal["vision", "tagger", "answerer"]) -> Customisation:
    """What the settings add to the questions of one purpose. The extra fields are for compatible servers alone."""
    extra = extra_body.canonical(settings.extra_body()) if provider == "openai" else ""
    if purpose == "answerer":
        return Customisation(extra=extra)
    return Customisation(getattr(settings, f"{purpose}_instructions"), getattr(settings, f"{purpose}_language"), extra)
