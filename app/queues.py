"""Decides a call's queue and batch size, and whether it waits for a network."""

from __future__ import annotations

from collections.abc import Collection

from kombu.connection import Connection
from kombu.exceptions import ChannelError

from app.domain.flow import Call
from app.domain.kinds import Step
from app.domain.steps import STEPS, StepRegistry, StepSpec, is_remote
from app.settings import Settings

REMOTE = "llm"  # threads that wait for a network
NAMES = tuple(sorted({*STEPS.queues, REMOTE}))


def waits_for_network(call: Call, settings: Settings, steps: StepRegistry = STEPS) -> bool:
    """Whether a call waits for a network, for seconds at each key.

    A reading carries the answer itself, since its recipe decides and not the present setting; a tagging follows TAGGER,
    an answer ANSWERER.
    """
    spec = steps[call.step]
    return call.remote or (spec.asks in ("tagger", "answerer") and may_wait(spec, settings))


def may_wait(spec: StepSpec, settings: Settings) -> bool:
    """Whether some calls of this step wait for a network, with the providers that are configured now."""
    return any(is_remote(provider) for provider in _providers(spec, settings))


def queue_of(call: Call, settings: Settings, steps: StepRegistry = STEPS) -> str:
    """The queue of a call: calls that wait for a network go to threads, others to the queue of their step."""
    return REMOTE if waits_for_network(call, settings, steps) else steps[call.step].queue


def queues_of(spec: StepSpec, settings: Settings) -> set[str]:
    """Every queue of this step's calls, with the providers that are configured now."""
    return {REMOTE if is_remote(name) else spec.queue for name in _providers(spec, settings)} or {spec.queue}


def batch_of(call: Call, settings: Settings, steps: StepRegistry = STEPS) -> int:
    """The most keys in a message with this call, live or bulk.

    One if each key waits for a network: else a live post would wait for a batch that began before it.
    """
    return 1 if waits_for_network(call, settings, steps) else steps[call.step].batch or settings.batch_size


def _providers(spec: StepSpec, settings: Settings) -> tuple[str, ...]:
    """The providers of the models that this step asks; empty for a step without a model, and while vision is off."""
    match spec.asks:
        case "vision":
            return settings.vision_chain()
        case "tagger":
            return (settings.tagger,)
        case "answerer":
            return (settings.answerer,)
    return ()


def long_queues(lengths: dict[str, int], longest: int, settings: Settings, steps: StepRegistry = STEPS) -> set[Step]:
    """The steps with calls in a queue of more than `longest` messages."""
    return {step for step, spec in steps.items() if max(lengths[name] for name in queues_of(spec, settings)) > longest}


def lengths(connection: Connection, queues: Collection[str] = NAMES) -> dict[str, int]:
    """Number of waiting messages in each queue; 0 for an unused one. Raises the errors of the transport.

    Messages that workers have prefetched, one for each slot, do not count.
    """
    channel = connection.channel()
    found = dict.fromkeys(queues, 0)
    for queue in queues:
        try:
            found[queue] = int(channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:
            if not getattr(channel, "is_open", True):  # AMQP closes a channel that asked for a missing queue
                channel = connection.channel()
    return found
