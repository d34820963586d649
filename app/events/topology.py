"""The exchange of the events and the queues bound to it."""

from __future__ import annotations

import re
from typing import Any

from kombu.connection import Connection
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError

from app.domain.guard import ANALYZED, TAGGED
from app.errors import UserError

EXCHANGE = Exchange("media_audit.events", type="topic", durable=True)
RETAG = "media_audit.retag"
DEAD = "media_audit.retag.dead"  # what the consumer could not use, for a person to look at

REDIS: dict[str, Any] = {  # its answer to a push says that it has the message
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "visibility_timeout": 300,  # seconds until the message of a consumer that was killed is delivered again
    # Lists of our own: kombu restores what lies in them after OUR timeout, and Celery's tasks may run for longer.
    "unacked_key": "media_audit.events.unacked",
    "unacked_index_key": "media_audit.events.unacked_index",
    "unacked_mutex_key": "media_audit.events.unacked_mutex",
}

# A queue's name and a topic pattern of AMQP: words of letters, digits, _ and -, or * for one word and # for any number.
_SUBSCRIBER = re.compile(r"\s*([\w.:-]+)\s*=\s*((?:[\w-]+|\*|#)(?:\.(?:[\w-]+|\*|#))*)\s*")


def connect(broker_url: str) -> Connection:
    """A connection that fails fast: whoever uses it repeats by himself."""
    if broker_url.startswith(("amqp", "pyamqp")):
        options: dict[str, Any] = {"confirm_publish": True}  # the broker says when it has a message
    else:
        options = REDIS
    return Connection(broker_url, transport_options={**options, "max_retries": 0}, connect_timeout=5)


def broker_errors(broker_url: str) -> tuple[type[Exception], ...]:
    """What a broker that is down, was lost or refuses raises: a new connection may succeed later."""
    connection = connect(broker_url)
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)


def retag_queues() -> list[Queue]:
    """The in-house consumer's queue: one Queue object for each of its two bindings."""
    return [Queue(RETAG, EXCHANGE, routing_key=key, durable=True) for key in (ANALYZED, TAGGED)]


def subscriber_queues(configured: str) -> list[Queue]:
    """The queues of EVENT_QUEUES, "name=pattern" with commas between; UserError when it cannot be read."""
    queues = []
    for part in filter(str.strip, configured.split(",")):
        match = _SUBSCRIBER.fullmatch(part)
        if match is None:
            raise UserError(f"EVENT_QUEUES has {part.strip()!r}: write name=pattern, for example archive=posts.#")
        queues.append(Queue(match[1], EXCHANGE, routing_key=match[2], durable=True))
    return queues


def declare(connection: Connection, queues: list[Queue]) -> None:
    """Declares exchange, queues and bindings.

    kombu remembers for each connection what it declared and does not ask the broker again, while Redis may have
    forgotten it (FLUSHALL) and then drops messages in silence: so this takes a connection that has declared nothing.
    """
    channel = connection.default_channel
    for queue in queues:
        queue(channel).declare()
