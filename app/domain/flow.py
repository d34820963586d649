"""What comes next, as values: a step returns these, its task publishes them after commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.domain.kinds import Step

Key = tuple[int, int]  # (subject_id, revision)


# The step that follows a dead one: the publication is tagged with the files that it has, and found with the tags that
# it has. (app.pipeline.vision.provider_chain gives a dead reading to the next provider.) Other steps need no entry:
# the steps that wait for them ask whether they are final.
WITHOUT = {Step.PERSIST: Step.TAG, Step.TAG: Step.INDEX}


@dataclass(frozen=True)
class Call:
    """Run a step for these subjects.

    bulk: history or repair, behind live posts and in batches.
    dedup: a Redis key; while it is set the message was published already. It suppresses the message, never the work.
    remote: it waits for a network where others of its step compute, so it runs where threads wait.
    trace_id: of the one subject, for the message's header; each row knows its own, so batches go without.
    """

    step: Step
    keys: tuple[Key, ...]
    bulk: bool = False
    dedup: str | None = None
    remote: bool = False
    trace_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FanOut:
    """Run the headers beside each other, then the body: a chord."""

    headers: tuple[Call, ...]
    body: Call


Next = Call | FanOut


def batches(
    nexts: Iterable[Next], sizes: dict[Step, int], default: int, waits: Callable[[Call], bool] = lambda _: False
) -> list[Next]:
    """Bulk calls of the same step put together and cut to batches; everything else as it is, in order.

    waits: of what is not put together, since each key takes its time.
    """
    pooled: dict[tuple[Step, bool], dict[Key, None]] = {}
    result: list[Next] = []
    for item in nexts:
        if isinstance(item, Call) and item.bulk:
            pooled.setdefault((item.step, item.remote), {}).update(dict.fromkeys(item.keys))
        elif isinstance(item, FanOut) or item.keys:
            result.append(item)
    for (step, remote), keys in pooled.items():
        whole = Call(step, tuple(keys), bulk=True, remote=remote)
        size = 1 if waits(whole) else sizes.get(step, default)
        parts = [whole.keys[i : i + size] for i in range(0, len(keys), size)]
        result += [Call(step, part, bulk=True, remote=remote) for part in parts]
    return result
