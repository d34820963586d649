"""A section for each step of the posted album: its messages, their queues, and the rows that it left."""

from __future__ import annotations

from app.demo.example.markdown import files, paragraphs, table
from app.demo.example.rows import Chapter, words
from app.demo.example.run import QUERY, Story
from app.domain.kinds import Step
from app.errors import MediaAuditError

WORK = ("step", "subject", "revision", "state", "attempts")
SCREENSHOT = ("Рыжий", "кончиком", "Варенье ваше")  # written in the picture, and read with certainty
LIMIT = 60  # characters of a caption in a table


def album(story: Story) -> str:
    """The messages in the channel."""
    rows = [
        {"message": m.id, "what it shows": picture, "caption": m.text or "none"}
        for m, picture in zip(story.scene.album, ("screenshot of a chat", "the cat", "the cat, again"), strict=True)
    ]
    return paragraphs(
        "## The album",
        "Three messages of one channel share a `grouped_id`. The caption stands on the third, as people's captions do;"
        " it belongs to all of them.",
        table(rows),
    )


def arrives(chapter: Chapter) -> str:
    """poll_channel."""
    return paragraphs(
        "## 1. poll_channel: the messages arrive",
        "Beat makes a poll of every channel due. The poll asks Telegram for the newest messages, keeps those above the"
        " channel's cursor, and writes posts, media, publication, album and the new cursor in ONE transaction: after a"
        " crash either all of it is there or nothing. (History below the first cursor is read by `backfill_channel`;"
        " this channel had four older messages.)",
        _messages(chapter, Step.POLL),
        "Table `posts`, one row a message:",
        _cut(chapter, "posts", "post", "telegram_message_id", "grouped_id", "publication", "text"),
        "Table `post_media`, what they carry. The `sha256` came later, with the download:",
        table(chapter.rows["post_media"]),
        "Table `publications`, what a reader sees as one thing. Its revision grows when an item or a text changes:",
        _cut(chapter, "publications", "publication", "lead post", "revision", "text"),
        files(
            "app/tasks/poll.py",
            "app/pipeline/steps/poll.py",
            "app/adapters/telegram/source.py",
            "app/pipeline/posts/ingest.py",
            "app/pipeline/posts/revisions.py",
            "app/pipeline/posts/schedule.py",
        ),
    )


def collected(chapter: Chapter) -> str:
    """collect_album."""
    return paragraphs(
        "## 2. collect_album: is that all of it?",
        "The album stands at the head of the channel, so items may lie behind what the poll has seen. Telegram is asked"
        " for the ids around the known ones, by id and never by date. An album of the last seconds would now wait and"
        " ask again; this one is an hour old, so it goes on.",
        _messages(chapter, Step.COLLECT),
        table(chapter.work[Step.COLLECT], *WORK),
        files("app/tasks/collect.py", "app/pipeline/steps/collect.py", "app/domain/albums.py"),
    )


def downloaded(chapter: Chapter) -> str:
    """download_media."""
    return paragraphs(
        "## 3. download_media: three pictures beside each other",
        "Now there is something to fan in, so a chord starts: three downloads, then persist. Each streams into a"
        " temporary file, counts its bytes against what Telegram announced, and is moved to the place that its sha256"
        f" names. Telegram was asked for the bytes of {chapter.fetched} files.",
        _messages(chapter, Step.DOWNLOAD),
        table(chapter.work[Step.DOWNLOAD], *WORK),
        "Table `media_files`. The type is what the bytes are, not what the sender says:",
        table(chapter.rows["media_files"]),
        files(
            "app/tasks/download.py",
            "app/pipeline/steps/download.py",
            "app/adapters/telegram/downloader.py",
            "app/adapters/store/files.py",
            "app/adapters/store/types.py",
            "app/tasks/publish.py",
        ),
    )


def parsed(chapter: Chapter) -> str:
    """persist_publication."""
    return paragraphs(
        "## 4. persist_publication: the album is whole",
        "The chord's body trusts no result of its headers: it locks the publication and recomputes kind, count, order"
        " and caption from the rows. It says `posts.parsed`, makes tagging due at once (the caption is there already),"
        " and starts the next chord.",
        _messages(chapter, Step.PERSIST),
        table(chapter.work[Step.PERSIST], *WORK),
        "Tables `media_groups` and `media_group_items`:",
        _cut(chapter, "media_groups", "album_kind", "items_count", "state", "caption"),
        table(chapter.rows["media_group_items"]),
        files(
            "app/tasks/persist.py",
            "app/pipeline/steps/persist.py",
            "app/pipeline/engine/fan_in.py",
            "app/events/announce.py",
        ),
    )


def tagged(chapter: Chapter) -> str:
    """tag, the first time."""
    [initial, *_] = chapter.rows["tag_changes"]
    return paragraphs(
        "## 5. tag: first tags, from the words alone",
        "The gate is open, because there are no tags yet. Nobody waits for the pictures to be read: readers find the"
        " post by its caption seconds after it was posted.",
        _messages(chapter, Step.TAG),
        "Table `tag_changes`: every passage through the gate leaves a row, so that every tag can be explained:",
        table([initial], "change", "trigger", "reason", "to recipe", "called_tagger", "added"),
        files("app/tasks/tag.py", "app/pipeline/steps/tag.py", "app/domain/gate.py", "app/adapters/tagger/local.py"),
    )


def read(chapter: Chapter) -> str:
    """analyze_media."""
    text = chapter.readings[1].ocr
    if text is None or any(part not in text.text for part in SCREENSHOT):
        raise MediaAuditError("the screenshot of the example was not read as it is drawn")
    rows = [
        {
            "file": number,
            "recipe": 1,
            "classification": reading.classification,
            "labels": ", ".join(label.name for label in reading.labels) or "none",
            "language": reading.language or "none",
            "text in it": "… " + " … ".join(SCREENSHOT) + " …" if number == 1 else "none",
        }
        for number, reading in chapter.readings.items()
    ]
    return paragraphs(
        "## 6. analyze_media: what is in the pictures",
        "One reading for each pair of file and recipe (provider, model, prompt), whoever posts the file again: the"
        " unique row of `work` sees to that. Children of this pool may die of a bad file; only that file's row feels"
        " it.",
        _messages(chapter, Step.ANALYZE),
        table(chapter.work[Step.ANALYZE], *WORK),
        "Table `media_vision`, shortened (a reading also has colours, a perceptual hash, scores and the whole text):",
        table(rows),
        files("app/tasks/analyze.py", "app/pipeline/steps/analyze.py", "app/adapters/vision/reader.py"),
    )


def merged(chapter: Chapter) -> str:
    """merge_vision."""
    items = [
        {
            "message": ", ".join(map(str, item.message_ids)),
            "classification": item.classification,
            "labels": ", ".join(item.labels) or "none",
            "text": "yes" if item.ocr_text else "no",
        }
        for item in chapter.vision.items
    ]
    return paragraphs(
        "## 7. merge_vision: three readings, one album",
        "The body of the second chord takes the highest-ranked reading of each file and writes the row"
        " (lead post, `vision`) of `post_enrichment`, of which this step is the only writer. Tagging is due again.",
        _messages(chapter, Step.MERGE),
        table(chapter.work[Step.MERGE], *WORK),
        f"Its `metadata` (vision version {chapter.names.recipes[chapter.vision.vision_version]},"
        f" revision {chapter.vision.revision}, features {chapter.names.digest(chapter.vision.features_hash)}):",
        table(items),
        files(
            "app/tasks/merge.py",
            "app/pipeline/steps/merge.py",
            "app/domain/features.py",
            "app/pipeline/posts/enrichment.py",
        ),
    )


def tagged_again(chapter: Chapter) -> str:
    """tag, after the reading."""
    change = chapter.rows["tag_changes"][1]
    return paragraphs(
        "## 8. tag again: now with what the pictures say",
        "The same task comes to the gate once more. A vision version where there was none opens it, the tagger's input"
        " is another one, so the tagger is called. The row of lineage says why and what changed:",
        table([change], "change", "trigger", "reason", "from recipe", "to recipe", "called_tagger", "added", "removed"),
        table(chapter.work[Step.TAG], *WORK, "reason"),
        f"The row (lead post, `tags`) of `post_enrichment` now has {words(chapter.tags.tags)}. All three messages"
        " resolve to it.",
        files("app/tasks/tag.py", "app/pipeline/steps/tag.py", "app/domain/gate.py", "app/domain/versions.py"),
    )


def indexed(chapter: Chapter) -> str:
    """index_publication."""
    rows = [
        *chapter.rows["search_documents"],
        {"column": "ocr", "weight": "C", "holds": "text in pictures", "value": "… " + " … ".join(SCREENSHOT) + " …"},
        {"column": "labels", "weight": "D", "holds": "labels, descriptions, file names", "value": _labels(chapter)},
    ]
    return paragraphs(
        "## 9. index_publication: ready to be found",
        "It ran after each tagging. One document a publication: full text with weights for Russian and English, and an"
        " embedding of the whole in `search_embeddings`.",
        _messages(chapter, Step.INDEX),
        table(chapter.work[Step.INDEX], *WORK),
        "Table `search_documents`:",
        table(rows),
        files(
            "app/tasks/index.py",
            "app/pipeline/steps/index.py",
            "app/domain/documents.py",
            "app/adapters/embedder/usem3.py",
        ),
    )


def announced(chapter: Chapter) -> str:
    """The outbox."""
    return paragraphs(
        "## 10. The events",
        "Each was written to `outbox_events` in the transaction that made it true, and sent afterwards by the relay, in"
        " order, at least once. Subscribers drop doubles by the idempotency key:"
        " `{event}:{publication}:{revision}:{version or lineage}`.",
        table(chapter.rows["outbox_events"]),
        "Media Audit's own consumer heard `posts.vision.analyzed` too and found nothing left to do; `posts.tagged`"
        " with the trigger `vision_retag` it ignores, or re-tagging would never end.",
        files(
            "app/events/schemas.py",
            "app/events/outbox.py",
            "app/daemons/relay.py",
            "app/daemons/consumer.py",
            "app/domain/guard.py",
        ),
    )


def found(story: Story) -> str:
    """A search that finds the album by the text in its picture."""
    hit = story.hit
    row = {
        "message": hit.message_id,
        "channel": hit.channel,
        "matched in": ", ".join(f"`{place}`" for place in hit.where if place != "meaning"),
        "link": hit.permalink or "",
    }
    return paragraphs(
        "## 11. A search finds it",
        "None of these words is in the caption; they are written in the screenshot:",
        f'```sh\nmedia-audit search "{QUERY}"\n```',
        table([row]),
        files("app/search/query.py", "app/search/fulltext.py", "app/search/semantic.py", "app/domain/permalinks.py"),
    )


def _messages(chapter: Chapter, step: Step) -> str:
    return "Messages:\n\n" + table(chapter.messages[step])


def _cut(chapter: Chapter, name: str, *columns: str) -> str:
    rows = [
        {column: _short(value) if isinstance(value := row[column], str) else value for column in columns}
        for row in chapter.rows[name]
    ]
    return table(rows, *columns)


def _short(text: str) -> str:
    return text if len(text) <= LIMIT else text[: text.rindex(" ", 0, LIMIT)] + " …"


def _labels(chapter: Chapter) -> str:
    return ", ".join(dict.fromkeys(label for item in chapter.vision.items for label in item.labels)) or "none"
