"""Turns the options --channel, --since and --where into conditions on publications and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, exists, func, select, true
from sqlalchemy.orm import Session

from app.domain.kinds import Classification, MediaKind
from app.domain.moments import moment
from app.domain.tags import normalise_tag
from app.errors import UserError
from app.models import MediaFile, MediaVision, Post, PostEnrichment, PostMedia, Publication, VisionVersion
from app.pipeline.vision import recipes
from app.search.filters import find_channels
from app.search.within import Within

STATUSES = ("ok", "partial", "error", "refused", "no_answer", "unread")
Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Choice:
    """The publications and files to process again; None is no limit. where: pairs (key, value) that must all hold."""

    channel_ids: tuple[int, ...] | None = None
    since: datetime | None = None
    where: tuple[tuple[str, str], ...] = ()

    def kept(self) -> dict[str, Any]:
        """As JSON values, from which `again_of` makes the same choice."""
        since = self.since.isoformat() if self.since else None
        ids = None if self.channel_ids is None else list(self.channel_ids)
        return {"channel_ids": ids, "since": since, "where": [list(pair) for pair in self.where]}

    @staticmethod
    def again_of(kept: Mapping[str, Any]) -> Choice:
        """The choice that `kept` wrote."""
        ids, since = kept["channel_ids"], kept["since"]
        pairs = tuple((str(key), str(value)) for key, value in kept["where"])
        return Choice(None if ids is None else tuple(ids), datetime.fromisoformat(since) if since else None, pairs)

    def publications(self) -> Condition:
        """The condition on publications, without the limits that depend on their files."""
        condition: Condition = true()
        if self.channel_ids is not None:
            condition &= Publication.channel_id.in_(self.channel_ids)
        if self.since is not None:
            condition &= Publication.posted_at >= self.since
        for key, value in self.where:
            condition &= _tagged(value) if key == "tag" else true()
        return condition

    def files(self, session: Session) -> list[Condition]:
        """The conditions on a file of a publication, for use with a query by `places`."""
        chain = recipes.chain(session)
        return [KEYS[key](value, in_use(chain)) for key, value in self.where if key != "tag"]


def choose(
    session: Session, channel: str | None, since: str | None, where: Sequence[str], within: Within = None
) -> Choice:
    """Parses the options. within: the channels that the caller may see. UserError for an invalid value."""
    begin = moment(since, datetime.now(UTC)) if since else None
    if since and begin is None:
        raise UserError(f"--since {since}: write a date such as 2026-05-01, or a span before now such as 12h, 30d, 4w")
    pairs = tuple(_pair(item) for item in where)
    for key, value in pairs:
        _check(key, value)
    return Choice(find_channels(session, channel, within) if channel else within, begin, pairs)


def places() -> Select[int]:
    """Ids of files, once for each place in a publication whose present revision is complete."""
    return (
        select(MediaFile.id)
        .join(PostMedia, (PostMedia.sha256 == MediaFile.sha256) & PostMedia.replaced_at.is_(None))
        .join(Post, Post.id == PostMedia.post_id)
        .join(Publication, Publication.id == Post.publication_id)
        # Files of an incomplete revision are read as they come, before all work that is requested here.
        # Never above it: `>=` means `=`, of which the planner would expect one row in 200, and look each up by itself.
        .where(Publication.persisted_revision >= Publication.revision)
    )


def in_use(chain: Sequence[int]) -> ScalarSelect[int]:
    """The id of the reading in use of a file: the one with the highest rank (domain.versions)."""
    place = case(
        {version: place for place, version in enumerate(chain)}, value=MediaVision.vision_version_id, else_=None
    )
    query = select(MediaVision.id).where(MediaVision.media_file_id == MediaFile.id, MediaVision.reading.is_not(None))
    by_rank = [place.nulls_last()] if chain else []
    query = query.order_by(*by_rank, MediaVision.vision_version_id.desc()).limit(1)
    return query.correlate(MediaFile).scalar_subquery()


def _pair(item: str) -> tuple[str, str]:
    key, separator, value = item.partition("=")
    key, value = key.strip().lower(), value.strip()
    if not separator or not value or key not in (*KEYS, "tag"):
        raise UserError(f"--where {item}: write KEY=VALUE, with a key out of {', '.join((*KEYS, 'tag'))}")
    return key, value


def _check(key: str, value: str) -> None:
    known: Mapping[str, Sequence[str]] = {"kind": [*MediaKind, *Classification], "status": STATUSES}
    if key in known and value not in known[key]:
        raise UserError(f"--where {key}={value}: {key} is one of {', '.join(dict.fromkeys(known[key]))}")
    if key == "version" and not value.isdecimal():
        raise UserError(f"--where version={value}: write the number of a vision version, as `explain` shows it")


def _kind(value: str, used: ScalarSelect[int]) -> Condition:
    """Matches the kind of medium in the message, or the classification of the picture by its reading."""
    if value in list(MediaKind):
        return PostMedia.kind == value
    return _read(used, MediaVision.reading["classification"].astext == value)


def _status(value: str, used: ScalarSelect[int]) -> Condition:
    """ok, partial: status of the reading in use; error, refused, no_answer: of any recipe; unread: no reading."""
    if value in ("ok", "partial"):
        return _read(used, MediaVision.status == value)
    of_file = MediaVision.media_file_id == MediaFile.id
    if value == "unread":
        return ~exists(select(MediaVision.id).where(of_file, MediaVision.reading.is_not(None)).correlate(MediaFile))
    return exists(select(MediaVision.id).where(of_file, MediaVision.status == value).correlate(MediaFile))


def _read(used: ScalarSelect[int], *conditions: Condition) -> Condition:
    """Whether the reading in use meets the conditions."""
    query = select(MediaVision.id).join(VisionVersion, VisionVersion.id == MediaVision.vision_version_id)
    return exists(query.where(MediaVision.id == used, *conditions).correlate(MediaFile))


def _tagged(value: str) -> Condition:
    tags = PostEnrichment.data.contains({"tags": [normalise_tag(value) or value]})
    of_lead = PostEnrichment.post_id == Publication.lead_post_id
    query = select(PostEnrichment.id).where(of_lead, PostEnrichment.kind == "tags", tags)
    return exists(query.correlate(Publication))


KEYS: dict[str, Callable[[str, ScalarSelect[int]], Condition]] = {
    "kind": _kind,
    "language": lambda value, used: _read(used, func.lower(MediaVision.reading["language"].astext) == value.lower()),
    "status": _status,
    "provider": lambda value, used: _read(used, VisionVersion.provider == value),
    "version": lambda value, used: _read(used, MediaVision.vision_version_id == int(value)),
    "mime": lambda value, used: MediaFile.mime == value.lower(),
}
