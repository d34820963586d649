"""The part that both protocols share: faults, the model, the ledger."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.demo.llm.answers import LETTERS, Answer, Asked, broken, written
from app.demo.llm.faults import Fault, Faults, Kind
from app.demo.llm.ledger import Api, Call, Ledger


@dataclass(frozen=True)
class Said:
    """One answer of the model."""

    text: str
    finish: str
    refusal: str | None
    prompt_tokens: int
    completion_tokens: int

    @property
    def usage(self) -> dict[str, int]:
        """Token counts under the field names of both protocols."""
        total = self.prompt_tokens + self.completion_tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": total,
        }


@dataclass
class Desk:
    """The state of a server."""

    models: Sequence[str]
    answer: Answer
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)
    credentials: str = field(default_factory=lambda: secrets.token_hex(24) + "==")  # Base64, as GigaChat's are
    api_key: str = field(default_factory=lambda: "sk-" + secrets.token_hex(24))
    scope: str = "GIGACHAT_API_PERS"
    closing: threading.Event = field(default_factory=threading.Event)
    # answers that were broken on purpose -> (their questions, how): a repair call brings no pictures
    _wrong: dict[str, tuple[Asked, Kind]] = field(default_factory=dict)

    def said(self, asked: Asked, fault: Fault | None) -> Said:
        """The model's answer, cut at max_tokens."""
        earlier = next((text for role, text in reversed(asked.turns) if role == "assistant"), None)
        original, was = self._wrong.get(earlier or "", (asked, None))
        if fault is None and was == "hopeless":
            fault = Fault("hopeless")
        text, finish, refusal = _spoiled(original, self.answer(original), fault)
        if text and fault is not None:
            self._wrong[text] = original, fault.kind
        if len(text) // LETTERS + 1 > asked.max_tokens:
            text, finish = text[: asked.max_tokens * LETTERS - 1], "length"
        return Said(text, finish, refusal, asked.tokens, len(text) // LETTERS + 1)

    def record(self, api: Api, operation: str, outcome: str, status: int) -> None:
        """Records a call that cost nothing."""
        self.ledger.add(Call(api, operation, outcome, status))

    def record_chat(self, api: Api, asked: Asked, said: Said | None, fault: Fault | None, status: int) -> None:
        """Records a chat; its answer was paid for, whether it arrives or not."""
        outcome = "ok" if fault is None or fault.kind in ANSWERED else fault.kind
        self.ledger.add(
            Call(
                api,
                "chat",
                outcome,
                status,
                asked.model,
                asked.hashes,
                repair=any(role == "assistant" for role, _ in asked.turns),
                prompt_tokens=said.prompt_tokens if said else 0,
                completion_tokens=said.completion_tokens if said else 0,
                purpose=asked.purpose,
                question=asked.digest,
            )
        )


# Faults after which the client holds an answer that it paid for, good or bad.
ANSWERED = frozenset({"prose", "bad_fields", "hopeless", "refusal", "moderated", "empty", "nul"})


def _spoiled(asked: Asked, answer: object, fault: Fault | None) -> tuple[str, str, str | None]:
    """(text, finish_reason, refusal) according to the fault."""
    assert isinstance(answer, dict)
    kind = fault.kind if fault else None
    if kind in ("bad_fields", "hopeless"):
        return broken(answer), "stop", None
    if kind == "prose":
        return f"Here is what I see. It is about {_told(answer)}.", "stop", None
    special: dict[str | None, tuple[str, str, str | None]] = {
        "refusal": ("", "stop", "I cannot help with this."),
        "moderated": ("", "content_filter", None),
        "empty": ("", "stop", None),
        "nul": (written(_with_nul(answer)) + " \x00\ud83d", "stop", None),
    }
    return special.get(kind, (written(answer), "stop", None))


def _told(answer: Mapping[str, Any]) -> str:
    """The answer in words, without a sign of JSON."""
    said = answer.get("tags") or [one["sentence"] for one in answer.get("answer", ())]
    return str(answer["description"]) if "description" in answer else " and ".join(map(str, said))


def _with_nul(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    words = "zero \x00 and half \ud83d a pair"
    if isinstance(answer.get("tags"), list):
        return {"tags": [words, *answer["tags"]]}
    if isinstance(answer.get("answer"), list):
        return {"answer": [{"sentence": words, "cites": [{"span": 1, "quote": words}]}, *answer["answer"]]}
    return {**answer, "description": words}
