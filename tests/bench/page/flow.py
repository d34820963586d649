"""Gives the made archive the rows that the flow leaves beside documents: readings, tags, their lineage, work, tiles."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

Say = Callable[[str], None]

CLASSES = "(ARRAY['photo', 'meme', 'document', 'screenshot', 'infographic', 'other'])[1 + file.id % 6]"
READING = f"""
    jsonb_build_object('classification', {CLASSES}, 'description', 'A picture of ' || left(document.text, 80),
        'labels', to_jsonb(string_to_array(document.labels, E'\\n')), 'ocr_text', document.ocr)
"""
# The lead post of a publication has its number (tests/bench/search/archive.py). Hashes and versions are constants:
# pages show them, no statement of a page compares them.
STATEMENTS = {
    "recipes": """
        INSERT INTO vision_versions (id, provider, model, prompt_hash, schema_version)
        VALUES (1, 'local', 'bench', md5('bench'), 1) ON CONFLICT DO NOTHING""",
    "tags": """
        INSERT INTO post_enrichment (post_id, kind, metadata)
        SELECT publication_id, 'tags', jsonb_build_object('tags', to_jsonb(tag_list), 'tags_hash', content_hash,
            'tags_version', 1, 'features_hash', content_hash, 'text_hash', content_hash, 'tagger_version', 'local',
            'tagger_input_hash', content_hash, 'revision', 1, 'trigger', 'initial', 'status', 'ok')
        FROM search_documents""",
    "readings in use": f"""
        INSERT INTO post_enrichment (post_id, kind, metadata)
        SELECT medium.post_id, 'vision', jsonb_build_object('vision_version', 1, 'features_hash', document.content_hash,
            'revision', 1, 'status', 'ok', 'items', jsonb_build_array({READING} || jsonb_build_object(
                'sha256', file.sha256, 'message_ids', jsonb_build_array(medium.post_id), 'vision_version', 1)))
        FROM post_media AS medium JOIN media_files AS file USING (sha256)
        JOIN search_documents AS document ON document.publication_id = medium.post_id""",
    "readings": f"""
        INSERT INTO media_vision (media_file_id, vision_version_id, status, reading)
        SELECT DISTINCT ON (file.id) file.id, 1, 'ok',
            {READING} - 'ocr_text' || jsonb_build_object('labels', '[]'::jsonb, 'phash', file.phash)
        FROM post_media AS medium JOIN media_files AS file USING (sha256)
        JOIN search_documents AS document ON document.publication_id = medium.post_id ORDER BY file.id""",
    "lineage": """
        INSERT INTO tag_changes (publication_id, revision, trigger, reason, called_tagger, to_version, tagger_version,
            tagger_input_hash, added)
        SELECT publication_id, 1, 'initial', 'initial', true, 1, 'local', content_hash, tag_list
        FROM search_documents""",
    "work of publications": """
        INSERT INTO work (step, subject_id, revision, state)
        SELECT step, id, 1, 'done' FROM publications, unnest(ARRAY['persist', 'merge', 'tag', 'index']) AS step""",
    "work of media": """
        INSERT INTO work (step, subject_id, revision, state)
        SELECT 'download', id, 0, 'done' FROM post_media
        UNION ALL SELECT 'analyze', id, 1, 'done' FROM media_files""",
    "dead work": """
        UPDATE work SET state = 'dead', attempts = 5, last_error = 'Telegram did not answer'
        WHERE step = 'download' AND subject_id % 100 = 0""",
    "tiles": """
        INSERT INTO shown (media_id, posted_at, channel_id, kind, file_id, cluster_id)
        SELECT medium.id, post.posted_at, post.channel_id, medium.kind, file.id, coalesce(star.centre_id, file.id)
        FROM post_media AS medium JOIN posts AS post ON post.id = medium.post_id
        JOIN media_files AS file USING (sha256) LEFT JOIN look_alikes AS star ON star.file_id = file.id""",
    "channels": """
        UPDATE channels SET telegram_id = 1000000000 + id, last_success_at = now(), cursor = 1000000
        WHERE telegram_id IS NULL""",
}


def fill(database: psycopg.Connection, say: Say) -> None:
    """Writes the rows, all or nothing; an archive that has them stays as it is."""
    if database.execute("SELECT FROM post_enrichment LIMIT 1").rowcount:
        return
    with database.transaction():
        # Triggers would write a million changes of counts, one by one: `set_right` counts the whole instead.
        database.execute("SET LOCAL session_replication_role = replica")
        for name, statement in STATEMENTS.items():
            say(f"writing {name}")
            database.execute(statement)
    database.execute("VACUUM ANALYZE")
    database.execute("CHECKPOINT")
