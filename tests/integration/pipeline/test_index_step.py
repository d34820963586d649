"""The step that writes the search index: each column, the vectors, and what is not computed a second time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from app.db import transaction
from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.kinds import Classification, MediaKind, Step
from app.models import MediaFile, PostMedia, Publication, TagChange
from app.pipeline.engine import work
from app.pipeline.posts import enrichment
from app.pipeline.posts.documents import is_current
from app.pipeline.steps import older_documents
from app.pipeline.steps.index import index_publications
from app.settings import Settings
from tests.factories import rows
from tests.integration.pipeline.database import change, events, one
from tests.integration.pipeline.database import rows as read
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import elsewhere, moved_on

DAY = datetime(2026, 3, 1, tzinfo=UTC)
HASH = "a" * 64


@dataclass
class Lengths:
    """An embedder whose vectors tell the length of the text. asked: each batch."""

    name: str = "lengths"
    dimensions: int = 2
    asked: list[list[str]] = field(default_factory=list)
    at_work: Callable[[], object] = lambda: None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """(length, 1) for each text."""
        self.at_work()
        self.asked.append(list(texts))
        return [[float(len(text)), 1.0] for text in texts]


@pytest.fixture
def channel(settings: Settings) -> int:
    """A channel; its id."""
    with transaction() as session:
        return rows.channel(session).id


def posted(channel: int, text: str, **fields: object) -> int:
    """A publication of one post; its id."""
    with transaction() as session:
        made = rows.publication(session, channel, text=text, **fields)
        number = 1000 + made.id
        rows.post(session, made, number, leads=True, text=text)
        return made.id


def index(embedder: Lengths | None, *publications: int, revision: int = 1) -> None:
    """The step, for publications that are due."""
    keys = [(id_, revision) for id_ in publications]
    with transaction() as session:
        work.requeue(session, Step.INDEX, keys, hint=0.0)
    assert index_publications(embedder, keys) == []


def edit(publication: int, text: str) -> None:
    """Other words, without another revision: tags or readings change a document in that way, too."""
    change("UPDATE posts SET text = :text WHERE publication_id = :id", text=text, id=publication)
    change("UPDATE publications SET text = :text WHERE id = :id", text=text, id=publication)


def vectors() -> list[tuple[int, str, str]]:
    """(publication, embedder, vector) of each."""
    query = "SELECT publication_id, embedder, embedding::text FROM search_embeddings ORDER BY 1, 2"
    return [(id_, name, vector) for id_, name, vector in read(query)]


def test_a_document_has_all_that_search_and_its_limits_need(channel: int) -> None:
    publication = posted(channel, "Old harbour", posted_at=DAY, deleted_at=DAY, revision=4)
    with transaction() as session:
        row = session.get_one(Publication, publication)
        assert row.lead_post_id
        rows.add(session, MediaFile(sha256=HASH, size=1, mime="image/jpeg"))
        about = {"kind": MediaKind.PHOTO, "post_id": row.lead_post_id}
        rows.add(session, PostMedia(**about, position=0, sha256=HASH, file_name="quay.jpg"))
        rows.add(session, PostMedia(**about, position=1, file_name="unread.pdf"))
        read_ = ItemVision(
            sha256=HASH,
            message_ids=[1],
            vision_version=1,
            classification=Classification.PHOTO,
            labels=["boat", "gull"],
            ocr_text="Quay 7",
            description="A boat.",
            language="en",
        )
        vision = VisionMetadata(vision_version=1, features_hash=HASH, revision=4, items=[read_])
        enrichment.write_all(session, {row.lead_post_id: vision})
        enrichment.write_all(session, {row.lead_post_id: tags("boat", "harbour")})
        changes = [change_row(publication) for _ in range(3)]
        session.add_all(changes)
        session.flush()
        newest = changes[-1].id
        assert not is_current(session, row)
    index(None, publication, revision=4)
    assert read(
        "SELECT channel_id, revision, text, tags, ocr, labels, tag_list, language, posted_at, deleted_at"
        " FROM search_documents"
    ) == [
        (
            channel,
            4,
            "Old harbour",
            "boat\nharbour",
            "Quay 7",
            "boat\ngull\nA boat.\nquay.jpg\nunread.pdf",
            ["boat", "harbour"],
            "en",
            DAY,
            DAY,
        )
    ]
    facets = ["class:photo", "has:media", "has:ocr", "kind:photo", "lang:en", "tag:boat", "tag:harbour"]
    assert read("SELECT facets, codes FROM search_documents") == [(facets, "quay7")]
    assert one("SELECT now() - indexed_at < interval '1 h' FROM search_documents")
    told = "SELECT (payload->>'tag_change_id')::int, payload->>'content_hash' FROM outbox_events"
    assert read(told) == [(newest, one("SELECT content_hash FROM search_documents"))]
    with transaction() as session:
        row = session.get_one(Publication, publication)
        assert is_current(session, row)
        row.revision = 5
        session.flush()
        assert not is_current(session, row), "the same words of an older revision"
        session.rollback()


def tags(*names: str) -> TagsMetadata:
    """Tags with these names."""
    about = {"tags_version": None, "features_hash": None, "text_hash": "t", "tagger_version": "v"}
    return TagsMetadata(tags=list(names), tags_hash=HASH, tagger_input_hash="i", revision=1, trigger="initial", **about)


def change_row(publication: int) -> TagChange:
    """A row of lineage."""
    about = {"trigger": "initial", "reason": "initial", "called_tagger": True, "tagger_version": "v"}
    return TagChange(publication_id=publication, revision=1, tagger_input_hash="i", **about)


def test_a_vector_is_of_the_whole_content_and_made_once(channel: int) -> None:
    embedder = Lengths()
    publication = posted(channel, "harbour")
    index(embedder, publication)
    assert embedder.asked == [["harbour"]]
    assert vectors() == [(publication, "lengths", "[7,1]")]
    same = (
        "SELECT e.content_hash = d.content_hash FROM search_embeddings e JOIN search_documents d USING (publication_id)"
    )
    assert one(same)
    index(embedder, publication)
    assert len(embedder.asked) == 1, "the content is the same"
    assert vectors() == [(publication, "lengths", "[7,1]")]
    edit(publication, "old harbour")
    index(embedder, publication)
    assert embedder.asked[1:] == [["old harbour"]]
    assert vectors() == [(publication, "lengths", "[11,1]")]
    assert one(same)
    assert one("SELECT count(*) FROM search_documents") == 1


def test_of_a_batch_only_what_changed_is_computed_and_each_gets_its_own(channel: int) -> None:
    embedder = Lengths()
    ids = [posted(channel, "x" * length) for length in (1, 2, 3, 4)]
    index(embedder, ids[1])
    edit(ids[2], "")
    index(embedder, *ids)
    assert [sorted(batch) for batch in embedder.asked] == [["xx"], ["x", "xxxx"]], "one batch for the model"
    assert vectors() == [(ids[0], "lengths", "[1,1]"), (ids[1], "lengths", "[2,1]"), (ids[3], "lengths", "[4,1]")]


def test_a_publication_without_words_any_more_is_not_found_by_its_former_meaning(channel: int) -> None:
    mine, others = Lengths(), Lengths("others")
    first, second = posted(channel, "harbour"), posted(channel, "quay")
    for embedder in (mine, others):
        index(embedder, first, second)
    edit(first, "")
    index(mine, first)
    assert vectors() == [(first, "others", "[7,1]"), (second, "lengths", "[4,1]"), (second, "others", "[4,1]")]
    assert read("SELECT text FROM search_documents ORDER BY publication_id") == [("",), ("quay",)]


def test_another_embedder_makes_vectors_of_its_own(channel: int) -> None:
    first, second = Lengths(), Lengths("second")
    publication = posted(channel, "harbour")
    index(first, publication)
    index(second, publication)
    assert (first.asked, second.asked) == ([["harbour"]], [["harbour"]])
    assert [name for _, name, _ in vectors()] == ["lengths", "second"]


def test_without_an_embedder_words_are_indexed_and_vectors_left_alone(channel: int) -> None:
    publication = posted(channel, "harbour")
    index(Lengths(), publication)
    edit(publication, "")
    index(None, publication)
    assert one("SELECT text FROM search_documents") == ""
    assert vectors() == [(publication, "lengths", "[7,1]")]


def test_without_the_vector_extension_nothing_is_embedded(channel: int) -> None:
    change("DROP TABLE search_embeddings")
    embedder = Lengths()
    first, second = posted(channel, "harbour"), posted(channel, "")
    index(embedder, first, second)
    assert embedder.asked == []
    assert one("SELECT count(*) FROM search_documents") == 2


def test_an_older_revision_writes_nothing(channel: int) -> None:
    old, present = posted(channel, "harbour", revision=2), posted(channel, "quay")
    index(Lengths(), old, present)
    assert read("SELECT publication_id FROM search_documents") == [(present,)]
    assert [id_ for id_, _, _ in vectors()] == [present]
    assert [row[2:] for row in work_rows(Step.INDEX)] == [("skipped", "superseded"), ("done", None)]
    assert [publication for publication, _, _ in events("posts.indexed")] == [present]


def test_a_revision_that_ends_while_it_is_embedded_writes_nothing(channel: int) -> None:
    publication, other = posted(channel, "harbour"), posted(channel, "quay")

    class Slow(Lengths):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            elsewhere(lambda: change("UPDATE publications SET revision = 2 WHERE id = :id", id=publication))
            return super().embed(texts)

    index(Slow(), publication, other)
    assert read("SELECT publication_id FROM search_documents") == [(other,)]
    assert vectors() == [(other, "lengths", "[4,1]")]
    assert [row[2:] for row in work_rows(Step.INDEX)] == [("skipped", "superseded"), ("done", None)]


def test_forwarded_and_edited_posts_are_marked_so(channel: int) -> None:
    publication = posted(channel, "Old harbour")
    change("""UPDATE posts SET forward = '{"from_telegram_id": 77, "from_name": "Harbour  Watch"}'""")
    index(None, publication)
    facets = ["from:77", "from:harbour watch", "has:forward", "kind:text"]
    assert read("SELECT facets FROM search_documents") == [(facets,)]
    change("""UPDATE posts SET history = '[{"text": "Harbour", "entities": []}]'""")
    index(None, publication)
    assert read("SELECT facets FROM search_documents") == [([*facets[:2], "has:edit", *facets[2:]],)]


def test_documents_of_an_earlier_version_are_filled_and_nothing_else_is_written(channel: int) -> None:
    publications = [posted(channel, f"Berth {number}") for number in range(5)]
    index(None, *publications)
    untouched = "SELECT publication_id, revision, text, content_hash, indexed_at FROM search_documents ORDER BY 1"
    before, told = read(untouched), one("SELECT count(*) FROM outbox_events")
    change("UPDATE search_documents SET facets = NULL, codes = NULL WHERE publication_id <> :one", one=publications[2])
    with transaction() as session:
        assert older_documents.left(session) == 4
    assert older_documents.fill() == 4
    assert older_documents.fill() == 0
    assert read("SELECT DISTINCT facets, codes FROM search_documents") == [(["kind:text"], "")]
    assert (read(untouched), one("SELECT count(*) FROM outbox_events")) == (before, told)


def test_a_publication_cannot_move_on_while_its_document_is_written(channel: int) -> None:
    publication = posted(channel, "harbour")
    embedder = Lengths()
    with ExitStack() as stack:
        met: list[list[str]] = []
        embedder.at_work = lambda: met.append(stack.enter_context(moved_on(publication)))
        index(embedder, publication)
    assert met == [["LockNotAvailable"]]
    assert [row[2:] for row in work_rows(Step.INDEX)] == [("done", None)]
