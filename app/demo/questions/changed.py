"""Changes a number in a stored post under an answer that cites it, and puts it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.ask.answers import AnswerShown
from app.ask.questions import Placed
from app.db import engine, transaction
from app.demo.questions.asking import Publish, answered, place, read
from app.models import Channel, Post
from app.pipeline.posts.channels import lock_channel


@dataclass(frozen=True)
class Changed:
    """Answers before a number in their post changed, while it was another one, and after it was put back.

    before, meanwhile, after: of a question that was answered before. late: of one that found the post as it was and was
    answered while the number was another one, read after all.
    """

    before: AnswerShown
    meanwhile: AnswerShown
    late: AnswerShown
    after: AnswerShown


def change(number: int, value: str, publish: Publish) -> Changed | None:
    """Changes the value in the post that the answer to this question cites, and restores the post.

    None if no sentence of the answer has the value from the text of a post: then there is no post to change.
    """
    before = read(number)
    cited = next((one.cites[0].place.publication_id for one in before.sentences if value in one.text), None)
    found = cited and _post(cited, value)
    if not found:
        return None
    with _another(*found, value, before.text) as placed:
        publish([placed.call] if placed.call else [])
        answered(placed.id)
        meanwhile = read(number)
    return Changed(before, meanwhile, read(placed.id), read(number))


def _post(publication: int, value: str) -> tuple[Post, Channel] | None:
    query = select(Post, Channel).join(Channel, Channel.id == Post.channel_id)
    with transaction() as session:
        rows = session.execute(query.where(Post.publication_id == publication, Post.text.contains(value)))
        return next(((post, channel) for post, channel in rows), None)


@contextmanager
def _another(post: Post, channel: Channel, value: str, text: str) -> Iterator[Placed]:
    """Asks a question anew and gives its post another number, in one transaction: no worker sees one without the other.

    The post is as it was after the block.
    """
    with _unread(channel):
        with transaction() as session:
            # The filter makes it a question of its own: the same one would be answered from its rows.
            placed = place(session, f"{text} channel:{channel.reference}")
            _write(session, post, post.text.replace(value, _other(value), 1))
        try:
            yield placed
        finally:
            with transaction() as session:
                _write(session, post, post.text)


def _write(session: Session, post: Post, text: str) -> None:
    session.execute(update(Post).where(Post.id == post.id).values(text=text))


def _other(value: str) -> str:
    """The value with other digits."""
    return "".join(str((int(one) + 1) % 10) if one.isdigit() else one for one in value)


@contextmanager
def _unread(channel: Channel) -> Iterator[None]:
    """Keeps polls from writing what they have read of the channel: they would take the change for an edit.

    The transaction stays open while a message is sent, so it is none of `transaction`; it writes nothing.
    """
    with engine().connect() as connection, Session(connection) as session:
        lock_channel(session, channel.id)
        yield
