"""The next calls as values: a step returns them, and its task publishes them after commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from app.domain.kinds import Step

Key = tuple[int, int]  # (subject_id, revision)


@dataclass(frozen=True)
class Call:
    """A request to run a step for these subjects.

    bulk: history or repair, behind live posts and in batches.
    dedup: a Redis key, set while the message was published already. It suppresses the message, never the work.
    remote: the call waits for a network where others of its step compute, so it runs in threads.
    trace_id: of the one subject, for the message's header; batches have none, since each row stores its own.
    """

    step: Step
    keys: tuple[Key, ...]
    bulk: bool = False
    dedup: str | None = None
    remote: bool = False
    trace_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FanOut:
    """A chord: run the headers concurrently, then the body."""

    headers: tuple[Call, ...]
    body: Call


Next = Call | FanOut


def batches(nexts: Iterable[Next], size: Callable[[Call], int]) -> list[Next]:
    """Pools bulk calls of the same step and cuts every call to its batch size; keeps chords and the order.

    size: the most keys in a message with this call.
    """
    pooled: dict[tuple[Step, bool], dict[Key, None]] = {}
    result: list[Next] = []
    for item in nexts:
        if isinstance(item, FanOut):
            result.append(item)
        elif item.bulk:
            pooled.setdefault((item.step, item.remote), {}).update(dict.fromkeys(item.keys))
        else:
            result += cut(item, size(item))
    for (step, remote), keys in pooled.items():
        whole = Call(step, tuple(keys), bulk=True, remote=remote)
        result += cut(whole, size(whole))
    return result


def cut(call: Call, size: int) -> list[Call]:
    """Cuts the call into parts of at most `size` keys; no parts for a call without keys."""
    parts = [call.keys[start : start + size] for start in range(0, len(call.keys), size)]
    return [call] if len(parts) == 1 else [replace(call, keys=part, trace_id=None) for part in parts]
