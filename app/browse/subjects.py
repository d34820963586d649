"""The subjects of rows of work, named for a person and with the addresses of their pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.browse.shown import channel_name
from app.domain.documents import opening
from app.domain.kinds import Step
from app.domain.steps import STEPS, Subject
from app.models import Alert, AlertHit, Channel, Export, MediaFile, Post, PostMedia, Publication, Question

SHOWN = 60  # characters of a question
Key = tuple[Step, int]  # with the id of the subject


@dataclass(frozen=True)
class SubjectShown:
    """A subject. name: in words. address: of its page; None where its row is gone."""

    name: str
    address: str | None = None


def subjects(session: Session, keys: Iterable[Key]) -> dict[Key, SubjectShown]:
    """The subjects of these steps: one statement for each kind, by the keys of its tables."""
    wanted = set(keys)
    ids: dict[Subject, set[int]] = defaultdict(set)
    for step, id_ in wanted:
        ids[STEPS[step].subject].add(id_)
    found = {kind: _READERS[kind](session, some) for kind, some in ids.items()}
    return {(step, id_): found[STEPS[step].subject].get(id_) or _gone(step, id_) for step, id_ in wanted}


def _gone(step: Step, id_: int) -> SubjectShown:
    return SubjectShown(f"{STEPS[step].subject.value} {id_}")


def channel_address(channel: Channel) -> str:
    """The page of a channel."""
    return f"/c/{quote(channel_name(channel).key)}"


def _channels(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    rows = session.scalars(select(Channel).where(Channel.id.in_(ids)))
    return {row.id: SubjectShown(row.reference, channel_address(row)) for row in rows}


def publications(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    """The publications that have a lead post, each by its channel and message."""
    query = select(Publication.id, Channel, Post.telegram_message_id).join(Post, Post.id == Publication.lead_post_id)
    return _messages(session, query.where(Publication.id.in_(ids)))


def _media(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    query = select(PostMedia.id, Channel, Post.telegram_message_id).join(Post, Post.id == PostMedia.post_id)
    return _messages(session, query.where(PostMedia.id.in_(ids)))


def _files(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    rows = session.execute(select(MediaFile.id, MediaFile.sha256).where(MediaFile.id.in_(ids)))
    return {id_: SubjectShown(f"file {sha256[:12]}", f"/m/{sha256}") for id_, sha256 in rows}


def _questions(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    rows = session.execute(select(Question.id, Question.text).where(Question.id.in_(ids)))
    return {id_: SubjectShown(f"question {id_}: {opening(text, SHOWN)}", f"/ask/{id_}") for id_, text in rows}


def _hits(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    query = select(AlertHit.id, Alert.id, Alert.name).join(Alert, Alert.id == AlertHit.alert_id)
    rows = session.execute(query.where(AlertHit.id.in_(ids)))
    return {id_: SubjectShown(f"notice {id_} of the alert {name}", f"/alerts/{alert}") for id_, alert, name in rows}


def _exports(session: Session, ids: Collection[int]) -> dict[int, SubjectShown]:
    rows = session.execute(select(Export.id, Export.query).where(Export.id.in_(ids)))
    return {id_: SubjectShown(f"export {id_}: {opening(text, SHOWN)}", f"/exports/{id_}") for id_, text in rows}


def _messages(session: Session, query: Select[int, Channel, int]) -> dict[int, SubjectShown]:
    """subject -> its message. query: subject, channel, number of the message in Telegram; joined as far as posts."""
    rows = session.execute(query.join(Channel, Channel.id == Post.channel_id))
    return {
        id_: SubjectShown(f"{channel.reference}/{number}", f"/p/{quote(channel_name(channel).key)}/{number}")
        for id_, channel, number in rows
    }


_READERS: dict[Subject, Callable[[Session, Collection[int]], dict[int, SubjectShown]]] = {
    Subject.CHANNEL: _channels,
    Subject.PUBLICATION: publications,
    Subject.MEDIUM: _media,
    Subject.FILE: _files,
    Subject.QUESTION: _questions,
    Subject.HIT: _hits,
    Subject.EXPORT: _exports,
}
