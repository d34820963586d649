"""Worlds, actions, faults and ledger entries as JSON, for the server in a process of its own."""

from __future__ import annotations

import base64
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.demo import world
from app.demo.telegram.faults import Faults, Hidden, Refusal, Restricted, Rule, Strange
from app.demo.telegram.ledger import Entry

TAG = "_"
_CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        world.World,
        world.Channel,
        world.Message,
        world.File,
        world.TextEntity,
        world.Forwarded,
        world.Post,
        world.Delete,
        world.Rename,
        world.Invite,
        Faults,
        Refusal,
        Rule,
        Strange,
        Hidden,
        Restricted,
        Entry,
    )
}


def encode(value: Any) -> Any:
    """A value as JSON; values without a form in JSON become an object with their type under "_"."""
    if is_dataclass(value) and not isinstance(value, type):
        return {TAG: type(value).__name__} | {f.name: encode(getattr(value, f.name)) for f in fields(value) if f.init}
    match value:
        case bytes():
            return {TAG: "bytes", "v": base64.b64encode(value).decode()}
        case Path():
            return {TAG: "path", "v": str(value)}
        case datetime():
            return {TAG: "datetime", "v": value.isoformat()}
        case tuple() | list() | frozenset():
            return {TAG: type(value).__name__, "v": [encode(item) for item in value]}
        case dict():
            return {TAG: "dict", "v": [[encode(key), encode(item)] for key, item in value.items()]}
    return value


def decode(value: Any) -> Any:
    """The inverse of encode; ValueError for an unexpected type."""
    if not isinstance(value, dict):
        return value
    tag = value.get(TAG)
    if tag in _CLASSES:
        return _CLASSES[tag](**{name: decode(item) for name, item in value.items() if name != TAG})
    inner = value.get("v")
    match tag:
        case "bytes":
            return base64.b64decode(str(inner))
        case "path":
            return Path(str(inner))
        case "datetime":
            return datetime.fromisoformat(str(inner))
        case "tuple" | "list" | "frozenset" if isinstance(inner, list):
            return {"tuple": tuple, "list": list, "frozenset": frozenset}[tag](map(decode, inner))
        case "dict" if isinstance(inner, list):
            return {decode(key): decode(item) for key, item in inner}
    raise ValueError(f"unknown type {tag!r}")
