"""Each check of the demo sees the damages that it is there for: one archive, damaged and made whole again each time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import wiring
from app.demo.checks import CHECKS, Check, albums, check_all, files, index, posts, readings, steps, tags
from app.demo.checks.evidence import Evidence
from app.demo.exported import check_export, export_all
from app.domain.flow import Call, Next
from app.exports.pages import ExportPages
from app.pipeline.steps.export import write_exports
from tests.adapters import forget_adapters
from tests.integration.sample_archive import SampleArchive, sample_archive
from tests.services import TestServices

Judge = Callable[[Evidence], Check]

# One post of each sort, as subqueries.
FORWARD = "(SELECT id FROM posts WHERE forward IS NOT NULL ORDER BY id LIMIT 1)"
REPLY = "(SELECT id FROM posts WHERE reply_to IS NOT NULL ORDER BY id LIMIT 1)"
MARKED = "(SELECT id FROM posts WHERE entities <> '[]' ORDER BY id LIMIT 1)"
WORDY = "(SELECT id FROM posts WHERE text <> '' AND NOT service ORDER BY id LIMIT 1)"
EDITED = "(SELECT id FROM posts WHERE history <> '[]' ORDER BY id LIMIT 1)"
LATE = (
    "(SELECT max(p.id) FROM posts p JOIN publications b ON b.id = p.publication_id"
    " WHERE b.revision > 1 AND b.grouped_id IS NOT NULL)"
)
SEEN = "(SELECT post_id FROM post_enrichment WHERE kind = 'vision' ORDER BY id LIMIT 1)"
ALBUM = "(SELECT id FROM media_groups ORDER BY id LIMIT 1)"
PICTURE = "(SELECT id FROM media_files WHERE mime = 'image/jpeg' AND damaged IS NULL ORDER BY id LIMIT 1)"
SPEAKS = "(SELECT id FROM media_vision WHERE length(reading->'ocr'->>'text') > 20 ORDER BY id LIMIT 1)"
ITEMS = "jsonb_array_elements(metadata->'items')"


def _set_items(change: str, where: str = "true") -> str:
    """Changes every item of every vision enrichment."""
    items = f"(SELECT jsonb_agg(item || '{change}'::jsonb) FROM {ITEMS} AS item)"
    return (
        f"UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{{items}}', {items})"
        f" WHERE kind = 'vision' AND {where}"
    )


def _tags(change: str, where: str = "true") -> str:
    return f"UPDATE post_enrichment SET metadata = metadata || '{change}'::jsonb WHERE kind = 'tags' AND {where}"


def _readings(path: str, value: str, where: str = "true") -> str:
    return f"UPDATE media_vision SET reading = jsonb_set(reading, '{path}', '{value}') WHERE {where}"


def _event(key: str, change: str) -> str:
    return f"UPDATE outbox_events SET payload = payload || '{change}'::jsonb WHERE routing_key = '{key}'"


DAMAGES: dict[Judge, dict[str, str]] = {
    posts.channels: {
        "another title": "UPDATE channels SET title = 'x' WHERE id = 1",
        "a name lost": "UPDATE channels SET username = NULL",
        "the newest messages not read": "UPDATE channels SET cursor = cursor - 1 WHERE id = 1",
        "history not read to its end": "UPDATE channels SET backfill_cursor = 2 WHERE id = 2",
        "a channel switched off": "UPDATE channels SET enabled = false WHERE id = 3",
        "a poll that failed": "UPDATE channels SET last_error = 'x' WHERE id = 3",
        "names of today gone": "DELETE FROM channel_names",
        "a name of today too many": "INSERT INTO channel_names (channel_id, name) VALUES (1, 'x')",
        "no poll": "UPDATE channels SET last_success_at = NULL",
        "another channel": "UPDATE channels SET telegram_id = telegram_id + 1 WHERE id = 2",
    },
    posts.texts: {
        "a text emptied": f"UPDATE posts SET text = '' WHERE id = {WORDY}",
        "all texts emptied": "UPDATE posts SET text = ''",
        "the text before the edit": f"UPDATE posts SET text = history->0->>'text' WHERE id = {EDITED}",
        "a message under another number": "UPDATE posts SET telegram_message_id = 99999 WHERE id = 7",
    },
    posts.marks: {
        "all emptied": "UPDATE posts SET entities = '[]'",
        "those of one post emptied": f"UPDATE posts SET entities = '[]' WHERE id = {MARKED}",
        "shifted by one": f"UPDATE posts SET entities = jsonb_set(entities, '{{0,offset}}', '1') WHERE id = {MARKED}",
        "links without their address": "UPDATE posts SET entities = (SELECT jsonb_agg(e - 'url') FROM"
        " jsonb_array_elements(entities) e) WHERE entities <> '[]'",
        "invented": 'UPDATE posts SET entities = \'[{"kind": "bold"}]\' WHERE id = (SELECT min(id) FROM posts'
        " WHERE entities = '[]')",
    },
    posts.ties: {
        "forwards gone": "UPDATE posts SET forward = NULL",
        "one forward gone": f"UPDATE posts SET forward = NULL WHERE id = {FORWARD}",
        "a forward of another message": "UPDATE posts SET forward = forward || '{\"message_id\": 1}' WHERE id ="
        f" {FORWARD}",
        "forwards without a date": "UPDATE posts SET forward = forward || '{\"date\": null}'",
        "replies gone": "UPDATE posts SET reply_to = NULL",
        "a reply to another message": f"UPDATE posts SET reply_to = reply_to + 1 WHERE id = {REPLY}",
        "an invented reply": "UPDATE posts SET reply_to = 1 WHERE id = (SELECT max(id) FROM posts WHERE reply_to IS"
        " NULL)",
    },
    posts.facts: {
        "a date shifted": f"UPDATE posts SET posted_at = posted_at + interval '1 hour' WHERE id = {WORDY}",
        "edits without a date": "UPDATE posts SET edited_at = NULL",
        "views gone": "UPDATE posts SET views = NULL",
        "forwards not counted": "UPDATE posts SET forwards = NULL",
        "words beside invented": f"UPDATE posts SET words = '[{{}}]' WHERE id = {WORDY}",
        "parts left in Telegram": f"UPDATE posts SET not_taken = '[\"x\"]' WHERE id = {WORDY}",
        "albums not known": "UPDATE posts SET grouped_id = NULL",
        "service messages shown": "UPDATE posts SET service = false",
        "media not known": "UPDATE posts SET has_media = false",
        "another kind": f"UPDATE posts SET kind = 'poll' WHERE id = {WORDY}",
        "originals gone": "UPDATE posts SET raw = '{}'",
        "the original of an older text": 'UPDATE posts SET raw = raw || \'{"message": "x"}\' WHERE id = ' + EDITED,
        "a post given up": f"UPDATE posts SET status = 'unparsed' WHERE id = {WORDY}",
    },
    posts.edits: {
        "old words gone": "UPDATE posts SET history = '[]'",
        "the oldest words gone": f"UPDATE posts SET history = history - 0 WHERE id = {EDITED}",
        "old words without an end": "UPDATE posts SET history = jsonb_set(history, '{0,until}', 'null') WHERE id ="
        f" {EDITED}",
        "edits undone": f"UPDATE posts SET text = history->0->>'text' WHERE id = {EDITED}",
        "an edit without a date": f"UPDATE posts SET edited_at = NULL WHERE id = {EDITED}",
        "an invented edit": 'UPDATE posts SET history = \'[{"text": "x"}]\' WHERE id = (SELECT min(id) FROM posts'
        " WHERE history = '[]')",
    },
    posts.deletions: {
        "deleted_at cleared": "UPDATE posts SET deleted_at = NULL",
        "one deleted_at cleared": "UPDATE posts SET deleted_at = NULL WHERE id = (SELECT max(id) FROM posts WHERE"
        " deleted_at IS NOT NULL)",
        "all deleted": "UPDATE posts SET deleted_at = now()",
        "an invented deletion": f"UPDATE posts SET deleted_at = now() WHERE id = {MARKED}",
    },
    albums.publications: {
        "a text emptied": "UPDATE publications SET text = '' WHERE id = (SELECT min(id) FROM publications WHERE text"
        " <> '')",
        "texts emptied": "UPDATE publications SET text = ''",
        "no leading post": "UPDATE publications SET lead_post_id = NULL",
        "another leading post": "UPDATE publications b SET lead_post_id = (SELECT max(id) FROM posts WHERE"
        " publication_id = b.id) WHERE grouped_id IS NOT NULL",
        "dates shifted": "UPDATE publications SET posted_at = posted_at + interval '1 second'",
        "deleted_at cleared": "UPDATE publications SET deleted_at = NULL",
        "albums deleted with one item": "UPDATE publications b SET deleted_at = now() WHERE EXISTS (SELECT FROM posts p"
        " WHERE p.publication_id = b.id AND p.deleted_at IS NOT NULL)",
        "not persisted": "UPDATE publications SET persisted_revision = 0 WHERE id = 1",
        "revisions forgotten": "UPDATE publications SET revision = 1, persisted_revision = 1",
        "a post of none": f"UPDATE posts SET publication_id = NULL WHERE id = {REPLY}",
        "an item elsewhere": f"UPDATE posts SET publication_id = (SELECT min(id) FROM publications) WHERE id = {LATE}",
        "contents not known": "UPDATE publications SET fingerprint = ''",
        "traces not known": "UPDATE publications SET trace_id = '' WHERE id = 1",
        "one too many": "INSERT INTO publications (channel_id) VALUES (1)",
        "albums not known": "UPDATE publications SET grouped_id = NULL",
    },
    albums.albums: {
        "positions shifted": "UPDATE media_group_items SET position = position + 1000",
        "positions of one album shifted": f"UPDATE media_group_items SET position = position + 10 WHERE group_id ="
        f" {ALBUM}",
        "two items in each other's place": "UPDATE media_group_items i SET position = CASE position WHEN 0 THEN 100"
        " ELSE"
        f" position END WHERE group_id = {ALBUM}",
        "an item gone": f"DELETE FROM media_group_items WHERE group_id = {ALBUM} AND position = 0",
        "items gone": "DELETE FROM media_group_items",
        "another count": f"UPDATE media_groups SET items_count = items_count - 1 WHERE id = {ALBUM}",
        "another kind": "UPDATE media_groups SET album_kind = 'video' WHERE id = (SELECT min(id) FROM media_groups"
        " WHERE"
        " album_kind = 'photo')",
        "captions emptied": "UPDATE media_groups SET caption = ''",
        "open": f"UPDATE media_groups SET state = 'open' WHERE id = {ALBUM}",
        "never completed": "UPDATE media_groups SET completed_at = NULL",
        "an album gone": f"DELETE FROM media_groups WHERE id = {ALBUM}",
        "of another publication": "UPDATE media_groups SET publication_id = (SELECT min(id) FROM publications WHERE"
        f" grouped_id IS NULL) WHERE id = {ALBUM}",
    },
    albums.kinds: {
        "all mixed": "UPDATE media_groups SET album_kind = 'mixed'",
        "one of another kind": "UPDATE media_groups SET album_kind = 'photo' WHERE id = (SELECT min(id) FROM"
        " media_groups"
        " WHERE album_kind = 'video')",
        "albums gone": "DELETE FROM media_groups",
    },
    albums.late: {
        "in no album": f"DELETE FROM media_group_items WHERE post_id = {LATE}",
        "in no publication": f"UPDATE posts SET publication_id = NULL WHERE id = {LATE}",
        "without a revision of its own": "UPDATE publications SET revision = 1",
        "not there": "UPDATE posts SET telegram_message_id = telegram_message_id + 10000",
    },
    files.stored: {
        "a file of another post": "UPDATE post_media SET sha256 = (SELECT max(sha256) FROM media_files) WHERE id = 1",
        "without its file": "UPDATE post_media SET sha256 = NULL WHERE id = 2",
        "files not known": "UPDATE post_media SET sha256 = NULL",
        "a medium gone": "UPDATE post_media SET replaced_at = now() WHERE id = 3",
        "a medium too many": "INSERT INTO post_media (post_id, position, kind) SELECT post_id, 1, kind FROM post_media"
        " WHERE id = 1",
    },
    files.described: {
        "kinds": "UPDATE post_media SET kind = 'doc'",
        "a role": "UPDATE post_media SET role = 'preview' WHERE id = 1",
        "names of files": "UPDATE post_media SET file_name = NULL",
        "types as claimed": "UPDATE post_media SET mime = 'image/png' WHERE id = 4",
        "sizes": "UPDATE post_media SET size = size + 1 WHERE id = 1",
        "widths and heights": "UPDATE post_media SET width = height, height = width",
        "lengths of films": "UPDATE post_media SET duration = NULL",
        "addresses": "UPDATE post_media SET location = '{}'",
        "keys": "UPDATE post_media SET telegram_key = '' WHERE id = 1",
        "positions": "UPDATE post_media SET position = 3 WHERE id = 1",
        "media gone": "UPDATE post_media SET replaced_at = now()",
    },
    files.once: {
        "a size": f"UPDATE media_files SET size = size - 1 WHERE id = {PICTURE}",
        "two sizes in exchange": f"UPDATE media_files SET size = size + CASE id WHEN {PICTURE} THEN 1 ELSE -1 END"
        f" WHERE id"
        f" IN ({PICTURE}, (SELECT max(id) FROM media_files))",
        "one too many": "INSERT INTO media_files (sha256, size, mime) VALUES (repeat('0', 64), 1, 'image/jpeg')",
    },
    files.types: {
        "types": "UPDATE media_files SET mime = 'application/octet-stream'",
        "a type": "UPDATE media_files SET mime = 'image/jpeg' WHERE mime = 'application/zip'",
        "endings": "UPDATE media_files SET extension = ''",
        "sizes of pictures": "UPDATE media_files SET width = NULL, height = NULL",
        "another width": f"UPDATE media_files SET width = width + 1 WHERE id = {PICTURE}",
        "lengths of films": "UPDATE media_files SET duration = NULL",
        "another length": "UPDATE media_files SET duration = duration + 1",
        "pages of documents": "UPDATE media_files SET pages = NULL",
        "hashes of pictures": "UPDATE media_files SET phash = NULL",
    },
    files.damaged: {
        "not known": "UPDATE media_files SET damaged = NULL",
        "one not known": "UPDATE media_files SET damaged = NULL WHERE id = (SELECT max(id) FROM media_files WHERE"
        " damaged"
        " IS NOT NULL)",
        "invented": f"UPDATE media_files SET damaged = 'x' WHERE id = {PICTURE}",
    },
    files.lying: {
        "believed": "UPDATE media_files SET mime = 'image/jpeg' WHERE mime = 'image/png'",
        "believed of a page": "UPDATE media_files SET mime = 'image/jpeg' WHERE mime = 'text/html'",
    },
    readings.read: {
        "none kept": "DELETE FROM media_vision",
        "one not kept": "DELETE FROM media_vision WHERE id = 5",
        "failed": "UPDATE media_vision SET status = 'error', reading = NULL WHERE id = 5",
        "refused": "UPDATE media_vision SET status = 'refused' WHERE id = 5",
        "in part": "UPDATE media_vision SET status = 'partial'",
        "no raw form kept": "UPDATE media_vision SET raw = '{}'",
        "by no known recipe": "DELETE FROM vision_versions",
        "by no reader in use": "UPDATE vision_chain SET members = '[]'",
        "not looked at for decency": _readings("{nsfw}", "null"),
        "without hashes": _readings("{phash}", "null"),
        "without colours": _readings("{colours}", "[]", f"media_file_id = {PICTURE}"),
    },
    readings.words: {
        "OCR emptied": _readings("{ocr}", "null"),
        "OCR of one picture emptied": _readings("{ocr}", "null", f"id = {SPEAKS}"),
        "most words lost": "UPDATE media_vision SET reading = jsonb_set(reading, '{ocr,text}', to_jsonb(substr("
        "reading->'ocr'->>'text', 1, 12))) WHERE reading->'ocr' <> 'null'",
        "the words of another picture": "UPDATE media_vision SET reading = jsonb_set(reading, '{ocr,text}',"
        " '\"слова другой картинки\"') WHERE id = " + SPEAKS,
        "words in every picture": _readings("{ocr}", '{"text": "words", "engine": "x"}', "reading->'ocr' = 'null'"),
    },
    readings.kinds: {
        "all photographs": _readings("{classification}", '"photo"'),
        "all others": _readings("{classification}", '"other"'),
    },
    readings.labels: {
        "emptied": _readings("{labels}", "[]"),
        "most emptied": _readings("{labels}", "[]", "mod(id, 4) > 0"),
    },
    readings.merged: {
        "readings skipped": "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{items}', '[]') WHERE kind ="
        " 'vision'",
        "gone": "DELETE FROM post_enrichment WHERE kind = 'vision'",
        "one gone": f"DELETE FROM post_enrichment WHERE kind = 'vision' AND post_id = {SEEN}",
        "OCR emptied": _set_items('{"ocr_text": ""}'),
        "labels emptied": _set_items('{"labels": []}'),
        "kinds": _set_items('{"classification": "other"}'),
        "descriptions": _set_items('{"description": "x"}', f"post_id = {SEEN}"),
        "languages": _set_items('{"language": null}'),
        "messages": _set_items('{"message_ids": []}', f"post_id = {SEEN}"),
        "versions": _set_items('{"vision_version": 7}', f"post_id = {SEEN}"),
        "pages": _set_items('{"pages": {"total": 9, "recognised": 1, "own": 0}}', f"post_id = {SEEN}"),
        "texts apart": _set_items('{"texts": [{"text": "x", "engine": "y"}]}', f"post_id = {SEEN}"),
        "only the first file": "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{items}',"
        " jsonb_build_array(metadata->'items'->0)) WHERE kind = 'vision'",
        "the order of files": "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{items}', (SELECT"
        f" jsonb_agg(item ORDER BY at DESC) FROM {ITEMS} WITH ORDINALITY AS i(item, at))) WHERE kind = 'vision'",
        "always whole": "UPDATE post_enrichment SET status = 'ok' WHERE kind = 'vision'",
        "another version": "UPDATE post_enrichment SET metadata = metadata || '{\"vision_version\": 7}' WHERE kind ="
        f" 'vision' AND post_id = {SEEN}",
        "an older revision": "UPDATE post_enrichment SET metadata = metadata || '{\"revision\": 0}' WHERE kind ="
        f" 'vision' AND post_id = {SEEN}",
        "of posts without pictures": "INSERT INTO post_enrichment (post_id, kind, metadata) SELECT b.lead_post_id,"
        " 'vision', e.metadata FROM publications b, post_enrichment e WHERE e.kind = 'vision' AND NOT EXISTS (SELECT"
        " FROM post_enrichment x WHERE x.post_id = b.lead_post_id AND x.kind = 'vision') LIMIT 1",
    },
    tags.tagged: {
        "all tags emptied": _tags('{"tags": []}'),
        "those of one post emptied": _tags('{"tags": []}', f"post_id = {SEEN}"),
        "gone": "DELETE FROM post_enrichment WHERE kind = 'tags'",
        "one gone": f"DELETE FROM post_enrichment WHERE kind = 'tags' AND post_id = {SEEN}",
        "not those of their hash": _tags('{"tags": ["x"]}', f"post_id = {SEEN}"),
        "hashes": _tags('{"tags_hash": ""}'),
        "made from older readings": _tags('{"features_hash": null}'),
        "made from an older version": _tags('{"tags_version": null}'),
        "in part": "UPDATE post_enrichment SET status = 'partial' WHERE kind = 'tags'",
        "the index's tags emptied": "UPDATE search_documents SET tag_list = '{}', tags = ''",
        "the index's list emptied": "UPDATE search_documents SET tag_list = '{}'",
        "the index's text of tags emptied": "UPDATE search_documents SET tags = ''",
        "not in the index": "DELETE FROM search_documents WHERE publication_id = 1",
        "an older revision in the index": "UPDATE search_documents SET revision = 0 WHERE publication_id = 1",
        "other features": 'UPDATE post_enrichment SET metadata = metadata || \'{"features_hash": "x"}\' WHERE kind ='
        f" 'vision' AND post_id = {SEEN}",
    },
    tags.hashtags: {
        "emptied": _tags('{"tags": []}'),
        "of another post": "UPDATE post_enrichment SET metadata = metadata || (SELECT jsonb_build_object('tags',"
        f" metadata->'tags') FROM post_enrichment WHERE kind = 'tags' AND post_id = {SEEN}) WHERE kind = 'tags'",
    },
    tags.lineage: {
        "deleted": "DELETE FROM tag_changes",
        "that of one post deleted": "DELETE FROM tag_changes WHERE publication_id = 1",
        "the first rows deleted": "DELETE FROM tag_changes WHERE trigger = 'initial'",
        "the rows after reading deleted": "DELETE FROM tag_changes WHERE trigger = 'vision_retag'",
        "the rows after edits deleted": "DELETE FROM tag_changes WHERE trigger = 'edit'",
        "a row twice": "INSERT INTO tag_changes (publication_id, revision, trigger, reason, called_tagger,"
        " tagger_version, tagger_input_hash, added) SELECT publication_id, revision, trigger, reason, called_tagger,"
        " tagger_version, tagger_input_hash, added FROM tag_changes WHERE trigger = 'initial' LIMIT 1",
        "gains emptied": "UPDATE tag_changes SET added = '{}'",
        "losses emptied": "UPDATE tag_changes SET removed = '{}'",
        "without a reason": "UPDATE tag_changes SET reason = ''",
        "of older revisions": "UPDATE tag_changes SET revision = 0",
        "all by hand": "UPDATE tag_changes SET trigger = 'manual'",
        "of other readings": "UPDATE tag_changes SET to_features = NULL WHERE trigger = 'vision_retag'",
        "of another input": "UPDATE tag_changes SET tagger_input_hash = 'x'",
        "without a beginning": "UPDATE tag_changes SET from_features = 'x'",
        "of another publication": "UPDATE tag_changes SET publication_id = 2 WHERE publication_id = 1",
    },
    index.documents: {
        "texts emptied": "UPDATE search_documents SET text = ''",
        "one text emptied": "UPDATE search_documents SET text = '' WHERE publication_id = (SELECT min(publication_id)"
        " FROM"
        " search_documents WHERE text <> '')",
        "OCR emptied": "UPDATE search_documents SET ocr = ''",
        "labels emptied": "UPDATE search_documents SET labels = ''",
        "names of files not found": "UPDATE search_documents SET labels = replace(labels, '.pdf', '')",
        "dates": "UPDATE search_documents SET posted_at = now()",
        "deleted_at cleared": "UPDATE search_documents SET deleted_at = NULL",
        "languages": "UPDATE search_documents SET language = NULL",
        "another channel": "UPDATE search_documents SET channel_id = 2 WHERE publication_id = (SELECT min(id) FROM"
        " publications WHERE channel_id = 1)",
        "gone": "DELETE FROM search_documents",
        "one gone": "DELETE FROM search_documents WHERE publication_id = 1",
    },
    index.embeddings: {
        "gone": "DELETE FROM search_embeddings",
        "one gone": "DELETE FROM search_embeddings WHERE publication_id = 1",
        "of older content": "UPDATE search_embeddings SET content_hash = 'x' WHERE publication_id = 1",
        "by another embedder": "UPDATE search_embeddings SET embedder = 'x'",
        "without direction": "UPDATE search_embeddings SET embedding = '[0,0,0,0,0,0,0,0]'",
    },
    steps.ended: {
        "dead": "UPDATE work SET state = 'dead' WHERE id = 5",
        "waiting": "UPDATE work SET state = 'waiting', reason = 'x' WHERE id = 5",
        "unknown": "UPDATE work SET state = 'unknown' WHERE id = 5",
        "due": "UPDATE work SET state = 'due' WHERE id = (SELECT max(id) FROM work WHERE step = 'index')",
        "readings skipped": "UPDATE work SET state = 'skipped', reason = 'x' WHERE step = 'analyze'",
        "one download skipped": "UPDATE work SET state = 'skipped', reason = 'x' WHERE id = (SELECT max(id) FROM work"
        " WHERE"
        " step = 'download')",
        "a post not understood": "UPDATE posts SET status = 'unparsed' WHERE id = 5",
        "no work at all": "DELETE FROM work",
    },
    steps.complete: {
        "no history": "DELETE FROM work WHERE step = 'backfill'",
        "no download": "DELETE FROM work WHERE id = (SELECT max(id) FROM work WHERE step = 'download')",
        "not persisted": "DELETE FROM work WHERE step = 'persist'",
        "readings skipped": "UPDATE work SET state = 'skipped', reason = 'superseded' WHERE step = 'analyze'",
        "no reading": "DELETE FROM work WHERE id = (SELECT max(id) FROM work WHERE step = 'analyze')",
        "no merge": "DELETE FROM work WHERE step = 'merge'",
        "one merge of an older revision": "UPDATE work SET revision = 0 WHERE id = (SELECT max(id) FROM work WHERE"
        " step ="
        " 'merge')",
        "no tagging": "DELETE FROM work WHERE step = 'tag'",
        "not indexed": "DELETE FROM work WHERE step = 'index' AND subject_id = 1",
    },
    steps.sent: {
        "none sent": "UPDATE outbox_events SET published_at = NULL",
        "one not sent": "UPDATE outbox_events SET published_at = NULL WHERE id = 9",
        "none written": "DELETE FROM outbox_events",
    },
    steps.told: {
        **{
            f"{key} deleted": f"DELETE FROM outbox_events WHERE routing_key = '{key}'"
            for key in (
                "posts.parsed",
                "posts.vision.uploaded",
                "posts.vision.analyzed",
                "posts.tagged",
                "posts.indexed",
            )
        },
        "one posts.tagged deleted": "DELETE FROM outbox_events WHERE id = (SELECT min(id) FROM outbox_events WHERE"
        " routing_key = 'posts.tagged')",
        "a posts.tagged too many": "INSERT INTO outbox_events (routing_key, idempotency_key, publication_id, payload)"
        " SELECT"
        " routing_key, 'x', publication_id, payload || '{\"idempotency_key\": \"x\"}' FROM outbox_events WHERE"
        " routing_key = 'posts.tagged' LIMIT 1",
        "no files named": _event("posts.parsed", '{"media_sha256_list": []}'),
        "files in another order": "UPDATE outbox_events SET payload = jsonb_set(payload, '{media_sha256_list}', (SELECT"
        " coalesce(jsonb_agg(f ORDER BY f DESC), '[]') FROM jsonb_array_elements(payload->'media_sha256_list') f))"
        " WHERE routing_key = 'posts.parsed'",
        "no album named": _event("posts.parsed", '{"grouped_id": null}'),
        "another version": _event("posts.vision.uploaded", '{"vision_version": 9}'),
        "other features": _event("posts.vision.analyzed", '{"features_hash": "x"}'),
        "no tags named": _event("posts.tagged", '{"tags": []}'),
        "another hash of tags": _event("posts.tagged", '{"tags_hash": "x"}'),
        "other content": _event("posts.indexed", '{"content_hash": "x"}'),
        "of another post": _event("posts.indexed", '{"post_id": 0}'),
        "of another publication": _event("posts.tagged", '{"publication_id": 0}'),
        "under another trace": "UPDATE outbox_events SET trace_id = 'x'",
        "without a trace": _event("posts.parsed", '{"trace_id": null}'),
        "under another key": "UPDATE outbox_events SET idempotency_key = idempotency_key || 'x'",
        "bodies emptied": "UPDATE outbox_events SET payload = '{}'",
    },
}

CASES = [(check, name) for check, damages in DAMAGES.items() for name in damages]


@pytest.fixture(scope="module")
def archive(services: TestServices, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleArchive]:
    """The sample channels, read once for all tests."""
    with sample_archive(services, tmp_path_factory.mktemp("archive"), samples) as found:
        yield found


def evidence(session: Session, archive: SampleArchive) -> Evidence:
    """What a check sees of it now."""
    return Evidence(session, archive.store, archive.expected, archive.embedder)


def test_the_whole_archive_passes_every_check(archive: SampleArchive) -> None:
    with Session(archive.engine) as session:
        found = check_all(session, archive.store, archive.expected, archive.embedder)
    assert [f"{one.name}: {one.detail}" for one in found if not one.held] == []
    assert len({one.name for one in found}) == len(CHECKS)


def test_no_check_is_without_a_damage() -> None:
    assert set(DAMAGES) == set(CHECKS)


@pytest.mark.parametrize(("check", "damage"), CASES, ids=[f"{c.__module__[16:]}.{c.__name__}-{n}" for c, n in CASES])
def test_a_damage_is_seen(archive: SampleArchive, check: Judge, damage: str) -> None:
    with Session(archive.engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no rule of the schema helps
        touched: Any = session.connection().exec_driver_sql(DAMAGES[check][damage])
        assert touched.rowcount > 0, "the damage changes nothing"
        assert not check(evidence(session, archive)).held


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x" + path.read_bytes()[1:])])
def test_a_damaged_store_is_seen(archive: SampleArchive, damage: Callable[[Path], object]) -> None:
    path = archive.store.path(max(archive.expected.sizes))
    before = path.read_bytes()
    path.chmod(0o600)
    damage(path)
    try:
        with Session(archive.engine) as session:
            assert not files.stored(evidence(session, archive)).held
    finally:
        path.write_bytes(before)


def test_without_an_embedder_nothing_is_asked_of_vectors(archive: SampleArchive) -> None:
    with Session(archive.engine) as session:
        assert index.embeddings(Evidence(session, archive.store, archive.expected, None)).held


def test_an_empty_database_passes_no_check(archive: SampleArchive) -> None:
    with Session(archive.engine) as session:
        session.execute(text("TRUNCATE channels, publications, media_files, work, outbox_events CASCADE"))
        found = check_all(session, archive.store, archive.expected, archive.embedder)
    assert [one.name for one in found if one.held] == []


def work(calls: Iterable[Call]) -> None:
    """Writes exports as a worker does when the message reaches it, to their end."""
    waiting: list[Next] = list(calls)
    while waiting:
        call = waiting.pop()
        assert isinstance(call, Call)
        waiting += write_exports(wiring.export_files(), ExportPages(), call.keys)


@pytest.fixture(scope="module")
def directory(archive: SampleArchive) -> Iterator[Path]:
    """The export of all posts."""
    forget_adapters()
    written = export_all(work)
    assert written is not None
    yield written
    forget_adapters()


def exported(archive: SampleArchive, directory: Path | None) -> Check:
    """What the check says of an export."""
    with Session(archive.engine) as session:
        return check_export(evidence(session, archive), directory)


def test_an_export_is_whole_on_a_copy_without_a_database(archive: SampleArchive, directory: Path) -> None:
    check = exported(archive, directory)
    assert check.held, check.detail
    assert len(list((directory / "media").rglob("*.*"))) > 30


def _cut(directory: Path) -> None:
    lines = (directory / "posts.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (directory / "posts.jsonl").write_text("".join(lines[1:]), encoding="utf-8")


def _change(directory: Path) -> None:
    media = min((directory / "media").rglob("*.jpg"))
    media.chmod(0o600)
    media.write_bytes(media.read_bytes()[:-1] + b"\0")


@pytest.mark.parametrize("damage", [_cut, _change])
def test_a_damaged_export_is_seen(
    archive: SampleArchive, directory: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    copy = Path(shutil.copytree(directory, tmp_path / "copy"))
    damage(copy)
    assert not exported(archive, copy).held
    assert not exported(archive, None).held
