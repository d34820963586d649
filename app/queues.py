"""Where a call runs and how much a message carries: the queue, the batch, and whether the call waits for a network."""

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
    """Whether a call waits for a network, for seconds a key.

    A reading says so itself, for its recipe decides and not the setting of today; a tagging follows TAGGER.
    """
    return call.remote or (steps[call.step].asks == "tagger" and is_remote(settings.tagger))


def may_wait(spec: StepSpec, settings: Settings) -> bool:
    """Whether some calls of this step wait for a network, with the providers that are configured now."""
    return any(is_remote(provider) for provider in _providers(spec, settings))


def queue_of(call: Call, settings: Settings, steps: StepRegistry = STEPS) -> str:
    """The queue of a call: one that waits for a network goes to threads, where others of its step compute."""
    return REMOTE if waits_for_network(call, settings, steps) else steps[call.step].queue


def queues_of(spec: StepSpec, settings: Settings) -> set[str]:
    """Every queue that calls of this step go to, with the providers that are configured now."""
    return {REMOTE if is_remote(name) else spec.queue for name in _providers(spec, settings)} or {spec.queue}


def batch_of(call: Call, settings: Settings, steps: StepRegistry = STEPS) -> int:
    """The most keys of a message with this call, live or bulk.

    One where each key waits for a network: a live post would else wait for a batch that began before it.
    """
    return 1 if waits_for_network(call, settings, steps) else steps[call.step].batch or settings.batch_size


def _providers(spec: StepSpec, settings: Settings) -> tuple[str, ...]:
    """The names of the models that this step asks; empty for a step without any, and while vision is off."""
    if spec.asks is None:
        return ()
    return settings.vision_chain() if spec.asks == "vision" else (settings.tagger,)


def long_queues(lengths: dict[str, int], longest: int, settings: Settings, steps: StepRegistry = STEPS) -> set[Step]:
    """The steps whose calls stand in a queue of more than `longest` messages."""
    return {step for step, spec in steps.items() if max(lengths[name] for name in queues_of(spec, settings)) > longest}


def lengths(connection: Connection, queues: Collection[str] = NAMES) -> dict[str, int]:
    """How many messages wait in each queue; 0 for an unused one. Raises the errors of the transport.

    Messages that workers have taken already, one for each slot in advance, do not count.
    """
    channel = connection.channel()
    found = dict.fromkeys(queues, 0)
    for queue in queues:
        try:
            found[queue] = int(channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:
            if not getattr(channel, "is_open", True):  # AMQP closes a channel that asked for a queue which is not there
                channel = connection.channel()
    return found
