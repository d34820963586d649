"""Work and events: every step of every post came to its end, and each event was written, fits its rows and was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.demo.checks.evidence import Check, Evidence, differences, judged
from app.demo.expected import Together
from app.domain.kinds import State, Step
from app.models import OutboxEvent, Post, Publication, Work

PARSED, UPLOADED, ANALYZED = "posts.parsed", "posts.vision.uploaded", "posts.vision.analyzed"
TAGGED, INDEXED = "posts.tagged", "posts.indexed"


def ended(found: Evidence) -> Check:
    """Checks that no work is open or given up, and that none is skipped but that of an older revision."""
    polled = (Work.step == Step.POLL) & Work.state.in_([State.DUE, State.LEASED])  # polls never end
    over = (Work.state == State.DONE) | ((Work.state == State.SKIPPED) & (Work.reason == "superseded"))
    query = select(Work.step, Work.state, func.coalesce(Work.last_error, Work.reason)).where(~over, ~polled)
    unparsed = found.session.scalar(select(func.count()).where(Post.status == "unparsed")) or 0
    wrong = [f"{step} {state}: {why}" for step, state, why in found.session.execute(query)] + ["unparsed"] * unparsed
    done = found.session.scalar(select(func.count()).select_from(Work)) or 0
    return judged("no work dead, unknown or waiting", done, "steps of work", wrong)


def complete(found: Evidence) -> Check:
    """Checks that each step was done for each channel, medium, file and publication that it concerns."""
    query = select(Work.step, Work.subject_id, Work.revision).where(Work.state == State.DONE)
    done: set[tuple[str, int, int]] = {
        (step, subject, revision) for step, subject, revision in found.session.execute(query)
    }
    any_revision = {(step, subject) for step, subject, _ in done}
    rows = [row for _, row in found.publications]
    seen = [row for one, row in found.publications if set(found.shown(one)) & found.expected.readable]
    files = [file.id for name, file in found.files.items() if name in found.expected.readable]
    wanted = [
        *((Step.BACKFILL, id_) for id_ in found.channels),
        *((Step.DOWNLOAD, medium.id) for some in found.media.values() for medium in some),
        *((Step.ANALYZE, id_) for id_ in files),
    ]
    revised = [(step, row) for step in (Step.PERSIST, Step.TAG, Step.INDEX) for row in rows]
    revised += [(Step.MERGE, row) for row in seen]
    wrong = [f"{step} {id_}" for step, id_ in wanted if (step, id_) not in any_revision]
    wrong += [f"{step} {row.id}/{row.revision}" for step, row in revised if (step, row.id, row.revision) not in done]
    return judged("every step done for every post", len(wanted) + len(revised), "steps", wrong)


def sent(found: Evidence) -> Check:
    """Checks that each event was sent."""
    count = Counter(event.published_at is None for some in found.events.values() for event in some)
    wrong = [f"{count[True]} not sent"] if count[True] else []
    return judged("every event sent", count[False], "events", wrong)


def told(found: Evidence) -> Check:
    """Checks that the events of each publication tell of its files, readings, tags and document as they are."""
    wrong: list[str] = []
    for one, row in found.publications:
        last = {key: found.events[key, row.id][-1] for key in KEYS if found.events.get((key, row.id))}
        has = {key: _content(key, event) for key, event in last.items()}
        wanted = _wanted(found, one, row)
        wrong += differences(one.keys[0], {**dict.fromkeys(wanted), **has}, wanted)
        wrong += [f"{one.keys[0]}: {key} of files that it has not" for key in has.keys() - wanted.keys()]
        wrong += _untold(found, one, row)
        wrong += [f"{one.keys[0]}: {key} is not about it" for key, event in last.items() if not _is_about(event, row)]
    return judged("events tell what became of posts", len(found.publications), "publications", wrong)


KEYS = (PARSED, UPLOADED, ANALYZED, TAGGED, INDEXED)


def _content(key: str, event: OutboxEvent) -> object:
    """The part of an event's body that its rows must agree with."""
    names = {
        PARSED: ("grouped_id", "media_sha256_list"),
        UPLOADED: ("vision_version",),
        ANALYZED: ("vision_version", "features_hash"),
        TAGGED: ("tags", "tags_hash", "vision_version"),
        INDEXED: ("content_hash",),
    }
    return tuple(event.payload.get(name) for name in names[key])


def _wanted(found: Evidence, one: Together, row: Publication) -> Mapping[str, object]:
    lead = row.lead_post_id or 0
    vision, tags, document = found.vision.get(lead), found.tags.get(lead), found.documents.get(row.id)
    wanted: dict[str, object] = {
        PARSED: (one.grouped_id, found.shown(one)),
        TAGGED: tags and (tags.tags, tags.tags_hash, tags.tags_version),
        INDEXED: document and (document.content_hash,),
    }
    if vision is not None:
        wanted[ANALYZED] = (vision.vision_version, vision.features_hash)
    if (UPLOADED, row.id) in found.events or found.alone.intersection(found.shown(one)):
        wanted[UPLOADED] = (vision and vision.vision_version,)
    return wanted


def _untold(found: Evidence, one: Together, row: Publication) -> Sequence[str]:
    """Calls of the tagger and events of tagging belong to each other, one by one."""
    called = [change.id for change in found.changes.get(row.id, []) if change.called_tagger]
    spoken = [event.payload.get("tag_change_id") for event in found.events.get((TAGGED, row.id), [])]
    return [] if called == spoken else [f"{one.keys[0]}: {TAGGED} was written {len(spoken)} times, not {len(called)}"]


def _is_about(event: OutboxEvent, row: Publication) -> bool:
    body = event.payload
    names = ("publication_id", "post_id", "channel_id", "idempotency_key", "trace_id")
    wanted = (row.id, row.lead_post_id, row.channel_id, event.idempotency_key, event.trace_id)
    return bool(event.trace_id) and tuple(body.get(name) for name in names) == wanted
