"""The exchange of events and the queues bound to it: connections, declarations, errors."""

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
DEAD = "media_audit.retag.dead"  # messages that the consumer could not use, for the operator

REDIS: dict[str, Any] = {  # confirms a message by its answer to the push
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "visibility_timeout": 300,  # seconds until the message of a killed consumer is delivered again
    # Our own lists: kombu restores their messages after OUR timeout, and Celery's tasks may run for longer.
    "unacked_key": "media_audit.events.unacked",
    "unacked_index_key": "media_audit.events.unacked_index",
    "unacked_mutex_key": "media_audit.events.unacked_mutex",
}

# A queue's name, and a topic pattern of AMQP: words of letters, digits, _ and -, * for one word, # for any number.
_SUBSCRIBER = re.compile(r"\s*([\w.:-]+)\s*=\s*((?:[\w-]+|\*|#)(?:\.(?:[\w-]+|\*|#))*)\s*")


def connect(broker_url: str) -> Connection:
    """A connection that fails fast, because its users retry themselves."""
    if broker_url.startswith(("amqp", "pyamqp")):
        options: dict[str, Any] = {"confirm_publish": True}  # the broker confirms each message
    else:
        options = REDIS
    return Connection(broker_url, transport_options={**options, "max_retries": 0}, connect_timeout=5)


def broker_errors(broker_url: str) -> tuple[type[Exception], ...]:
    """The errors of a broker that is down, lost or refuses: a new connection may succeed later."""
    connection = connect(broker_url)
    return (OperationalError, *connection.connection_errors, *connection.channel_errors)


def retag_queues() -> list[Queue]:
    """The in-house consumer's queue: one Queue object for each of its two bindings."""
    return [Queue(RETAG, EXCHANGE, routing_key=key, durable=True) for key in (ANALYZED, TAGGED)]


def subscriber_queues(configured: str) -> list[Queue]:
    """The queues of EVENT_QUEUES, "name=pattern" separated by commas. UserError for any other form."""
    queues = []
    for part in filter(str.strip, configured.split(",")):
        match = _SUBSCRIBER.fullmatch(part)
        if match is None:
            raise UserError(f"EVENT_QUEUES has {part.strip()!r}: write name=pattern, for example archive=posts.#")
        queues.append(Queue(match[1], EXCHANGE, routing_key=match[2], durable=True))
    return queues


def declare(connection: Connection, queues: list[Queue]) -> None:
    """Declares exchange, queues and bindings.

    Takes a connection that has declared nothing: kombu remembers the declarations of a connection and does not repeat
    them, while Redis may have lost them (FLUSHALL) and would then silently drop messages.
    """
    channel = connection.default_channel
    for queue in queues:
        queue(channel).declare()
