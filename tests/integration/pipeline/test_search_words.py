"""How many documents have a word: exact however often, late or out of order a document is indexed, on real rows."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.db import transaction
from app.domain import spelling
from app.domain.kinds import Step
from app.models import Publication
from app.pipeline.engine import work
from app.pipeline.posts import document_counts, search_words
from app.pipeline.steps.index import index_publications
from app.settings import Settings
from app.status.fill_progress import FillProgress, words_progress
from tests.factories import rows
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.database import rows as read

COUNTED = "SELECT word, documents FROM search_words"


@pytest.fixture
def channel(settings: Settings) -> int:
    """A channel; its id."""
    with transaction() as session:
        return rows.channel(session).id


def posted(channel: int, *texts: str) -> list[int]:
    """Publications of one post each; their ids."""
    made: list[int] = []
    for text in texts:
        with transaction() as session:
            publication = rows.publication(session, channel, text=text)
            rows.post(session, publication, 1000 + publication.id, leads=True, text=text)
            made.append(publication.id)
    return made


def index(*publications: int) -> None:
    """The step, for publications that are due, as one batch."""
    keys = [(id_, 1) for id_ in publications]
    with transaction() as session:
        work.requeue(session, Step.INDEX, keys, hint=0.0)
    assert index_publications(None, keys) == []


def edit(publication: int, text: str) -> None:
    """Other words, without another revision."""
    change("UPDATE posts SET text = :text WHERE publication_id = :id", text=text, id=publication)
    change("UPDATE publications SET text = :text WHERE id = :id", text=text, id=publication)


def counted() -> dict[str, int]:
    """The count of each word once all changes are added up."""
    while search_words.fold():
        pass
    return dict(read(COUNTED))


def true_counts() -> dict[str, int]:
    """The same from the documents."""
    found: dict[str, int] = {}
    for fields in read("SELECT text, tags, ocr, labels FROM search_documents"):
        for word in spelling.words_of(*fields):
            found[word] = found.get(word, 0) + 1
    return found


def test_a_word_counts_once_for_each_document_that_has_it(channel: int) -> None:
    index(*posted(channel, "Паром, паром и кит", "Паром ушёл", "42"))
    assert counted() == {"паром": 2, "кит": 1, "ушел": 1}


def test_indexing_again_changes_nothing_and_writes_no_row(channel: int) -> None:
    ids = posted(channel, "старый паром", "новый паром")
    index(*ids)
    before = counted()
    for _ in range(2):
        index(*ids)
        assert one("SELECT count(*) FROM search_word_deltas") == 0
    assert counted() == before


def test_an_edit_moves_the_counts_and_an_emptied_document_has_none(channel: int) -> None:
    first, second = posted(channel, "старый паром", "новый паром")
    index(first, second)
    edit(first, "новый катер")
    index(first)
    assert counted() == {"новый": 2, "катер": 1, "паром": 1}
    edit(second, "")
    index(second)
    edit(first, "")
    index(first)
    assert counted() == {}
    edit(first, "катер")
    index(first)
    assert counted() == {"катер": 1}


def test_changes_that_are_added_up_late_and_out_of_order_count_the_same(channel: int) -> None:
    ids = posted(channel, *("паром" for _ in range(6)))
    rng = random.Random(7)
    for _ in range(60):
        some = rng.sample(ids, rng.randint(1, 4))
        for id_ in some:
            edit(id_, " ".join(rng.sample(["паром", "катер", "кит", "порт", ""], 2)))
        index(*some)
        if rng.random() < 0.2:
            search_words.fold()
    change("UPDATE search_word_deltas SET id = -id")  # the newest first
    assert counted() == true_counts()


def test_workers_that_index_the_same_words_at_once_wait_for_no_one_and_lose_no_count(channel: int) -> None:
    ids = posted(channel, *(f"общие слова у всех паром{'абвг'[n % 4]}" for n in range(40)))
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda part: index(*part), [ids[n::4] for n in range(4)]))
        list(pool.map(lambda _: search_words.fold(), range(3)))
    assert counted() == true_counts()


def test_a_worker_writes_words_while_another_holds_the_same_ones(channel: int) -> None:
    """A row for each word would make it wait until the other commits."""
    first, second = posted(channel, "общие слова", "общие слова")
    index(first)
    with transaction() as session:
        session.get_one(Publication, first, with_for_update=True)
        search_words.count(session, {first: "другие слова"})
        with ThreadPoolExecutor(1) as pool:
            pool.submit(index, second).result(timeout=20)
            pool.submit(search_words.fold).result(timeout=20)
    assert counted() == {"другие": 1, "общие": 1, "слова": 2}


def test_documents_of_before_are_counted_in_portions_from_where_it_stopped(
    channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = posted(channel, *(f"паром {'ток' if n % 2 else 'кит'}" for n in range(7)))
    index(*ids)
    for table in ("search_word_deltas", "search_document_words"):
        change(f"DELETE FROM {table}")
    change("INSERT INTO search_words_fill VALUES (1, 0)")
    monkeypatch.setattr(document_counts, "FILLED", 3)
    assert search_words.fill()
    assert counted()["паром"] == 3
    with transaction() as session:
        assert words_progress(session) == FillProgress(ids[2], ids[6])
    edit(ids[0], "катер")
    edit(ids[6], "катер")
    index(ids[0], ids[6])  # one that is counted, one that is not yet
    while search_words.fill():
        pass
    assert counted() == {"паром": 5, "кит": 2, "ток": 3, "катер": 2}
    assert read("SELECT * FROM search_words_fill") == []
    assert not search_words.fill()
    with transaction() as session:
        assert words_progress(session) is None


def test_documents_of_before_wait_while_a_live_post_is_due(channel: int) -> None:
    [first, second] = posted(channel, "паром", "катер")
    index(first)
    change("INSERT INTO search_words_fill VALUES (1, 0)")
    with transaction() as session:
        work.requeue(session, Step.INDEX, [(second, 1)], hint=0.0)
    assert not search_words.fill()
    assert one("SELECT cursor FROM search_words_fill") == 0
    index_publications(None, [(second, 1)])
    assert search_words.fill()


def test_few_changes_wait_for_their_minute_and_many_do_not(channel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_counts, "FOLDED", 2)
    ids = posted(channel, "паром", "катер", "кит")
    index(ids[0])
    search_words.tidy(few=False)
    assert read(COUNTED) == []
    search_words.tidy(few=True)
    assert read(COUNTED) == [("паром", 1)]
    index(ids[1])
    index(ids[2])
    search_words.tidy(few=False)
    assert len(read(COUNTED)) == 3


@pytest.mark.parametrize("interval", [5.0, 30.0, 90.0])
def test_each_minute_has_a_pass_that_takes_few(interval: float) -> None:
    passes = [n * interval + 1 for n in range(100)]
    turns = [at for at in passes if document_counts.takes_few(at, interval)]
    assert [at // 60 for at in turns] == sorted({at // 60 for at in passes}), "and one only"
