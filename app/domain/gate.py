"""The gate: decides whether a publication is tagged again, why, and whether that needs a call of the tagger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.kinds import Trigger
from app.domain.versions import rank


@dataclass(frozen=True)
class TagState:
    """The inputs that tags were made from, or would be made from now."""

    version: int | None  # vision version; None before any reading
    features_hash: str | None
    text_hash: str
    input_hash: str


@dataclass(frozen=True)
class GateDecision:
    """The gate is open: the publication is tagged, with or without a call of the tagger."""

    trigger: Trigger
    reason: str
    call: bool  # False: the tagger would see the same input, so only tags_version moves


def text_hash(text: str, entities: object) -> str:
    """sha256 hex of a publication's text and entities."""
    content = json.dumps([text, entities], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def input_hash(text: str, features: str | None, tagger_version: str, vocabulary: str = "") -> str:
    """sha256 hex of everything that a tagger's answer depends on; `text` is a text_hash."""
    content = json.dumps([text, features, tagger_version, vocabulary])
    return hashlib.sha256(content.encode()).hexdigest()


def decide(
    current: TagState | None, new: TagState, chain: Sequence[int], *, asked: bool = False
) -> GateDecision | None:
    """The decision, or None if the gate stays shut. asked: the user asked for new tags."""
    if current is None:
        return GateDecision(Trigger.INITIAL, "initial", call=True)
    opened = _opening(current, new, chain, asked=asked)
    if opened is None:
        return None
    trigger, reason = opened
    if new.input_hash == current.input_hash:
        return GateDecision(trigger, "same_input", call=False)
    return GateDecision(trigger, reason, call=True)


def _opening(current: TagState, new: TagState, chain: Sequence[int], *, asked: bool) -> tuple[Trigger, str] | None:
    if asked:
        return Trigger.MANUAL, "asked"
    if new.text_hash != current.text_hash:
        return Trigger.EDIT, "text_changed"
    if rank(new.version, chain) > rank(current.version, chain):
        return Trigger.VISION_RETAG, "higher_version"
    if new.features_hash != current.features_hash:
        return Trigger.VISION_RETAG, "features_changed"
    return None
