"""`verify` over rows: clean where all is well, and each damage is named, mended by the ordinary steps, and gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.factories.worlds import assorted
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import told, wrong

OF = "(SELECT publication_id FROM posts WHERE telegram_message_id = {})"
LEAD = "(SELECT lead_post_id FROM publications WHERE id = " + OF + ")"


@dataclass(frozen=True)
class Damage:
    """Something broken by hand. checks: the names of those that say so; says: words of the first one's examples."""

    what: str
    statements: Sequence[str]
    checks: set[str]
    says: str


DAMAGES = [
    Damage(
        "folded counts",
        ["INSERT INTO counters SELECT 'posts', id, 3 FROM channels"],
        {"counters"},
        "posts: the count posts of 1 is 3 too high",
    ),
    Damage(
        "changes of counts",
        ["DELETE FROM counter_deltas WHERE name = 'media_files.bytes'"],
        {"counters"},
        "media_files: the count media_files.bytes of 0 is",
    ),
    Damage(
        "count of ended work",
        ["DELETE FROM counter_deltas WHERE id = (SELECT min(id) FROM counter_deltas WHERE name = 'work.tag.done')"],
        {"counters"},
        "work: the count work.tag.done of 0 is",
    ),
    Damage(
        "count of an album",
        ["UPDATE media_groups SET items_count = 6"],
        {"albums"},
        "@news/5: items_count is 6, not 3",
    ),
    Damage("kind of an album", ["UPDATE media_groups SET album_kind = 'mixed'"], {"albums"}, "is mixed, not photo"),
    Damage("caption of an album", ["UPDATE media_groups SET caption = 'No'"], {"albums"}, "caption is No, not Three"),
    Damage("album left open", ["UPDATE media_groups SET state = 'open'"], {"albums"}, "state is open, not complete"),
    Damage(
        "positions",
        [
            "UPDATE media_group_items SET position = position + 10",
            "UPDATE media_group_items SET position = 12 - position",
        ],
        {"albums"},
        "@news/5: its items or their positions",
    ),
    Damage("album row", ["DELETE FROM media_groups"], {"albums"}, "@news/5: its album is missing"),
    Damage(
        "item in another publication",
        [f"UPDATE posts SET publication_id = {OF.format(1)} WHERE telegram_message_id = 7"],
        {"posts", "publications", "albums", "vision", "events", "steps"},
        "@news/7: it lies in a publication that is not its own",
    ),
    Damage(
        "post without a publication",
        ["UPDATE posts SET publication_id = NULL WHERE telegram_message_id = 7"],
        {"posts", "publications", "albums", "vision", "events"},
        "@news/7: it belongs to no publication",
    ),
    Damage(
        "text of a publication",
        [f"UPDATE publications SET text = 'Nothing of the kind' WHERE id = {OF.format(1)}"],
        {"publications", "tags", "index"},
        "@news/1: text differ",
    ),
    Damage(
        "text of a post",
        ["UPDATE posts SET text = 'The ferry lies in the dock' WHERE telegram_message_id = 1"],
        {"publications"},
        "@news/1: fingerprint, text differ",
    ),
    Damage(
        "file of a medium, and its download",
        [
            "UPDATE post_media SET sha256 = NULL WHERE file_name IS NULL AND kind = 'doc'",
            "DELETE FROM work WHERE step = 'download' AND subject_id = (SELECT m.id FROM post_media m"
            " JOIN posts p ON p.id = m.post_id WHERE telegram_message_id = 8)",
        ],
        {"media", "gallery", "events"},
        "@news/8: no file, and no work for one",
    ),
    Damage(
        "a row of the gallery", ["DELETE FROM shown WHERE kind = 'doc'"], {"gallery"}, "@news/8: the gallery lacks 1"
    ),
    Damage(
        "a star in the gallery", ["UPDATE shown SET cluster_id = 0"], {"gallery"}, "the gallery has another cluster"
    ),
    Damage(
        "a picture of before an edit in the gallery",
        [
            "INSERT INTO post_media (post_id, kind, position, replaced_at) SELECT id, 'photo', 9, now() FROM posts"
            " WHERE telegram_message_id = 1",
            "INSERT INTO shown SELECT max(id), now(), 1, 'photo', 1, 1 FROM post_media",
        ],
        {"gallery"},
        "@news/1: the gallery shows 1 media that it no longer has",
    ),
    Damage(
        "vision",
        [f"DELETE FROM post_enrichment WHERE kind = 'vision' AND post_id = {LEAD.format(2)}"],
        {"vision", "tags", "index"},
        "@news/2: its vision is missing",
    ),
    Damage(
        "features_hash of vision",
        [
            "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{features_hash}', to_jsonb(repeat('0', 64)))"
            f" WHERE kind = 'vision' AND post_id = {LEAD.format(2)}"
        ],
        {"vision", "tags", "events"},
        "@news/2: features_hash of its vision differ",
    ),
    Damage(
        "a reading",
        ["DELETE FROM media_vision WHERE reading->'labels'->0->>'name' = 'lion'"],
        {"readings", "vision"},
        "its reading by version 1 is gone",
    ),
    Damage("tags", ["DELETE FROM post_enrichment WHERE kind = 'tags'"], {"tags", "index"}, "it has no tags (initial)"),
    Damage(
        "one tag",
        [
            "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{tags}', '[\"untrue\"]')"
            f" WHERE kind = 'tags' AND post_id = {LEAD.format(2)}"
        ],
        {"tags", "index"},
        "@news/2: its tags are not those of tags_hash",
    ),
    Damage(
        "features that tags were made from",
        [
            "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{features_hash}', 'null')"
            f" WHERE kind = 'tags' AND post_id = {LEAD.format(5)}"
        ],
        {"tags"},
        "@news/5: its tags were made from something else",
    ),
    Damage(
        "lineage",
        [f"DELETE FROM tag_changes WHERE publication_id = {OF.format(1)}"],
        {"tags", "events"},
        "@news/1: no row of lineage",
    ),
    Damage(
        "what lineage adds up to",
        [f"UPDATE tag_changes SET added = '{{}}' WHERE publication_id = {OF.format(1)}"],
        {"tags"},
        "@news/1: its tags are not those that its lineage adds up to",
    ),
    Damage(
        "document",
        [f"DELETE FROM search_documents WHERE publication_id = {OF.format(6)}"],
        {"index", "words", "trends"},
        "@news/5: search has no document of it",
    ),
    Damage(
        "content of a document",
        [f"UPDATE search_documents SET ocr = 'other words' WHERE publication_id = {OF.format(2)}"],
        {"index"},
        "@news/2: its document has other content",
    ),
    Damage(
        "words of a document",
        [f"DELETE FROM search_document_words WHERE publication_id = {OF.format(2)}"],
        {"index", "words"},
        "@news/2: the words of its document are not counted",
    ),
    Damage(
        "other words of a document",
        [f"UPDATE search_document_words SET words = 'otters' WHERE publication_id = {OF.format(2)}"],
        {"index", "words"},
        "@news/2: its document is counted with other words",
    ),
    Damage("counts of words", ["DELETE FROM search_word_deltas"], {"words"}, "documents, counted"),
    Damage(
        "trends of a document",
        [f"DELETE FROM search_document_trends WHERE publication_id = {OF.format(2)}"],
        {"index", "trends"},
        "@news/2: the trends of its document are not counted",
    ),
    Damage(
        "other trends of a document",
        [
            "UPDATE search_document_trends SET trends = trends || E'\\ntag 2026-03-01 1 zoo'"
            f" WHERE publication_id = {OF.format(2)}"
        ],
        {"index", "trends"},
        "@news/2: its document is counted with other trends",
    ),
    Damage("counts of trends", ["DELETE FROM search_trend_deltas"], {"trends"}, "0 documents, counted"),
    Damage(
        "days of a tag", ["INSERT INTO tag_days VALUES ('otter', '2026-03-01', 1, 2)"], {"trends"}, "2 documents, c"
    ),
    Damage(
        "columns of a forward",
        ["UPDATE posts SET forwarded_from = 6 WHERE telegram_message_id = 2"],
        {"forwards"},
        "@news/2: its columns of the forward are not those of the message",
    ),
    *(
        Damage(
            f"work of {step}",
            [f"DELETE FROM work WHERE step = '{step}' AND subject_id = {OF.format(2)}"],
            {"steps"},
            f"@news/2: no work for {step} at revision 1",
        )
        for step in ("tag", "index", "merge")
    ),
    Damage(
        "persisted revision",
        [f"UPDATE publications SET persisted_revision = 0 WHERE id = {OF.format(1)}"],
        {"steps"},
        "@news/1: no work for persist",
    ),
    Damage(
        "a file that nobody was asked to read",
        [
            "DELETE FROM media_vision WHERE reading->'labels'->0->>'name' = 'lion'",
            "DELETE FROM work WHERE step = 'analyze' AND subject_id NOT IN (SELECT media_file_id FROM media_vision)",
        ],
        {"steps", "vision"},
        "no work for analyze at revision 1",
    ),
    Damage(
        "a lease of somebody who vanished",
        [
            "UPDATE work SET state = 'leased', lease_token = gen_random_uuid(), lease_until = now() - interval '1 hour'"
            f" WHERE step = 'index' AND subject_id = {OF.format(1)}"
        ],
        {"stuck work"},
        "its lease was over at",
    ),
    Damage(
        "work that the sweeper does not see",
        [
            "UPDATE work SET state = 'due', next_attempt_at = now() - interval '2 hours', updated_at = now() - interval"
            f" '2 hours', hint_at = now() + interval '9 days' WHERE step = 'tag' AND subject_id = {OF.format(1)}"
        ],
        {"stuck work"},
        "hidden from the sweeper",
    ),
    *(
        Damage(
            f"event {key}",
            [f"DELETE FROM outbox_events WHERE routing_key = '{key}' AND publication_id = {OF.format(9)}"],
            {"events"},
            f"@news/9: no event in the outbox: {key}",
        )
        for key in ("posts.parsed", "posts.vision.analyzed", "posts.tagged", "posts.indexed")
    ),
    # The last one: it makes all merges so old that nothing can be said of their events.
    Damage(
        "work that nobody begins",
        [
            "INSERT INTO worker_heartbeats (worker, pid, queues) VALUES ('default@here', 1, 'default')",
            "UPDATE work SET updated_at = now() - interval '2 hours' WHERE step = 'merge'",
            "UPDATE work SET state = 'due', next_attempt_at = now() - interval '2 hours'"
            f" WHERE step = 'merge' AND subject_id = {OF.format(2)}",
        ],
        {"stuck work"},
        "nobody begins",
    ),
]


@pytest.fixture
def world(flow: Flow) -> Flow:
    """One of everything, read to its end and found clean. All events but the newest ones of a publication are sent."""
    flow.post(*assorted())
    flow.watch()
    # What was sent at the first moment is what may have been deleted before it: see `kept_since`.
    change("UPDATE outbox_events SET published_at = created_at WHERE id = (SELECT min(id) FROM outbox_events)")
    assert wrong(flow) == {}
    return flow


def test_each_damage_is_named_and_mended(world: Flow, subtests: pytest.Subtests) -> None:
    for damage in DAMAGES:
        with subtests.test(damage.what):
            for statement in damage.statements:
                change(statement)
            before = everything()
            found = wrong(world)
            after = everything()
            mended = told(world, repair=True)
            world.drive.settle()
            left = wrong(world)  # all is done before anything is asserted: one failure must not be the next one's world
            assert damage.says in " ".join(example for examples in found.values() for example in examples), found
            assert set(found) == damage.checks
            assert after == before, "verify alone changes nothing"
            assert [name for name, outcome in mended.items() if not outcome.ok] == []
            assert left == {}


def everything() -> list[Any]:
    """All rows of all tables."""
    names = rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
    return [(name, rows(f'SELECT t.*::text FROM "{name}" t ORDER BY 1')) for (name,) in names]
