"""The queues of Celery's messages: whose step goes where, and how many wait in each."""

from __future__ import annotations

from collections.abc import Collection

from kombu.connection import Connection
from kombu.exceptions import ChannelError

from app.domain.kinds import Step

QUEUES = {
    Step.POLL: "telegram",
    Step.BACKFILL: "telegram",
    Step.COLLECT: "telegram",
    Step.DOWNLOAD: "telegram",
    Step.ANALYZE: "media",
    Step.PERSIST: "default",
    Step.MERGE: "default",
    Step.TAG: "default",
    Step.INDEX: "default",
}
REMOTE = "llm"  # threads that wait for a network
NAMES = tuple(sorted({*QUEUES.values(), REMOTE}))


def lengths(connection: Connection, queues: Collection[str] = NAMES) -> dict[str, int]:
    """How many messages wait in each queue; 0 for one that nobody has used yet. Raises what the transport raises.

    What workers have taken already, one message for each slot in advance, counts no more.
    """
    channel = connection.channel()
    found = dict.fromkeys(queues, 0)
    for queue in queues:
        try:
            found[queue] = int(channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:
            if not getattr(channel, "is_open", True):  # AMQP closes a channel on which somebody asked for what is not
                channel = connection.channel()
    return found
