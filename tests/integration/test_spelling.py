"""Corrections of a query on a real archive: only words that no document has, only with enough evidence."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.domain.kinds import Step
from app.pipeline.engine import work
from app.pipeline.posts import search_words
from app.pipeline.steps.index import index_publications
from app.search.spelling import MOST, corrections
from app.settings import Settings
from tests.factories import rows
from tests.integration.pipeline.database import change, one

POSTS = (
    "Рейсы из Шереметьево задержаны, пассажирский паром ушёл без опоздания",
    "Виктор Пелевин написал роман о городских кошках",
    "The earthquake struck near Sheremetevo and Dostoyevsky street",
    "Українські землетруси: Київ, Харків, незалежність",
    "Привет, hello, мир",
    "Мир и привет, паром",
    "Мир, паром и катер",
    "Αθηναι ειναι",
    "Αθηναι παλι",
)


@pytest.fixture
def archive(settings: Settings) -> int:
    """A channel with POSTS, indexed and counted; its id."""
    with transaction() as session:
        channel = rows.channel(session).id
    index(channel, *POSTS)
    assert search_words.fold()
    return channel


def index(channel: int, *texts: str) -> None:
    """Publications of one post each, through the step."""
    with transaction() as session:
        made = [rows.publication(session, channel, text=text) for text in texts]
        for publication in made:
            rows.post(session, publication, 1000 + publication.id, leads=True, text=publication.text)
        keys = [(publication.id, 1) for publication in made]
        work.requeue(session, Step.INDEX, keys, hint=0.0)
    index_publications(None, keys)


def corrected(*words: str) -> dict[str, str]:
    """word -> "correction why" """
    with transaction() as session:
        found = corrections(session, words)
    assert all(key == one.word for key, one in found.items())
    return {key: f"{one.by} {one.why}" for key, one in found.items()}


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("word", "correction"),
    [
        ("шереметево", "шереметьево typo"),
        ("Шереметево", "шереметьево typo"),
        ("пассажирсикй", "пассажирский typo"),
        ("пассажырсикй", "пассажирский typo"),  # two edits: by trigrams
        ("porom", None),
        ("пароом", "паром typo"),
        ("незалижність", "незалежність typo"),
        ("erthquake", "earthquake typo"),
        ("eathquaek", "earthquake typo"),
        ("pelevin", "пелевин transliteration"),
        ("шереметевоо", "шереметьево typo"),
        ("sheremetyevo", "sheremetevo typo"),
        ("достоевский", "dostoyevsky transliteration"),
        ("kharkiv", "харків transliteration"),
        ("ghbdtn", "привет layout"),
        ("руддщ", "hello layout"),
        ("vbh", "мир layout"),
        ("αθηνασ", "αθηναι typo"),
    ],
)
def test_the_nearest_word_of_the_documents(word: str, correction: str | None) -> None:
    assert corrected(word) == ({word: correction} if correction else {})


@pytest.mark.usefixtures("archive")
def test_a_word_that_a_document_has_in_any_form_is_not_corrected() -> None:
    assert corrected("паром", "паромов", "кошка", "Earthquakes", "ушел", "городской") == {}


@pytest.mark.usefixtures("archive")
def test_numbers_short_and_senseless_words_are_left_alone() -> None:
    assert (
        corrected("2024", "паром1", "па", "кат", "щщщщщщ", "zzzzqqqq", "", "не", "ourselves", "a b", "\0", "%'\"\\")
        == {}
    )


@pytest.mark.usefixtures("archive")
def test_a_whole_query_is_corrected_at_once_and_words_keep_their_form() -> None:
    assert corrected("Pelevin", "паром", "ПАРООМ", "pelevin") == {
        "Pelevin": "пелевин transliteration",
        "ПАРООМ": "паром typo",
        "pelevin": "пелевин transliteration",
    }


@pytest.mark.usefixtures("archive")
def test_of_a_long_query_the_first_unknown_words_are_corrected() -> None:
    nonsense = [f"щщщщ{letter}щщ" for letter in "абвгдежзик"]
    assert corrected("паром", *nonsense[: MOST - 1], "пароом") == {"пароом": "паром typo"}
    assert corrected("паром", *nonsense[:MOST], "пароом") == {}


def test_beside_words_that_mean_nothing_a_likeness_is_chance(archive: int) -> None:
    assert corrected("пароом", "щщщщащщ") == {}
    assert corrected("пароом", "щщщщащщ", "pelevin") == {}
    assert corrected("пароом") == {"пароом": "паром typo"}


def test_a_word_is_known_before_the_sweeper_has_counted_it(archive: int) -> None:
    assert corrected("пароом") == {"пароом": "паром typo"}
    index(archive, "пароом")
    assert one("SELECT count(*) FROM search_words WHERE word = 'пароом'") == 0
    assert corrected("пароом") == {}


def test_a_word_that_no_document_has_any_more_is_corrected_and_corrects_nothing(archive: int) -> None:
    index(archive, "пароход")
    search_words.fold()
    assert corrected("парахода") == {}
    assert corrected("параход") == {"параход": "пароход typo"}
    change("UPDATE publications SET text = 'теплоход' WHERE text = 'пароход'")
    change("UPDATE posts SET text = 'теплоход' WHERE text = 'пароход'")
    id_ = one("SELECT id FROM publications WHERE text = 'теплоход'")
    with transaction() as session:
        work.requeue(session, Step.INDEX, [(id_, 1)], hint=0.0)
    index_publications(None, [(id_, 1)])
    search_words.fold()
    assert corrected("параход") == {}
    assert corrected("теплаход") == {"теплаход": "теплоход typo"}


def test_words_of_documents_of_before_are_known_and_then_correct(archive: int) -> None:
    for table in ("search_words", "search_word_deltas", "search_document_words"):
        change(f"DELETE FROM {table}")
    change("INSERT INTO search_words_fill VALUES (1, 0)")
    assert corrected("паром", "пароом") == {}
    search_words.tidy()
    search_words.tidy()
    assert corrected("паром", "пароом") == {"пароом": "паром typo"}


def test_without_trigrams_one_letter_sounds_and_layouts_are_still_corrected(archive: int) -> None:
    change("DROP INDEX idx_search_words_trigrams")
    change("DROP EXTENSION pg_trgm CASCADE")
    assert corrected("пассажырсикй", "αθηνασ") == {}
    assert corrected("пароом", "pelevin", "ghbdtn", "erthquake") == {
        "пароом": "паром typo",
        "pelevin": "пелевин transliteration",
        "ghbdtn": "привет layout",
        "erthquake": "earthquake typo",
    }


# Tables that this transaction has read from one end to the other.
SCANS = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname LIKE 'search%'"
LARGE = """
INSERT INTO search_words SELECT 'слово' || translate(n::text, '0123456789', 'абвгдежзик'), 'slovo' || n, NULL, 1
  FROM generate_series(1, 8000) n;
INSERT INTO publications (channel_id, revision) SELECT {channel}, 1 FROM generate_series(1, 4000);
INSERT INTO search_documents (publication_id, revision, channel_id, text, tags, ocr, labels, content_hash)
  SELECT id, 1, {channel}, repeat('слова о словах ', 9), '', '', '', '' FROM publications WHERE id > 100;
"""


@pytest.mark.parametrize("known", [False, True])
def test_no_statement_reads_a_table_whole_whatever_is_known_of_it(archive: int, known: bool) -> None:
    change(LARGE.format(channel=archive))
    if known:
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    with transaction() as session:
        found = corrections(
            session, ["пассажырсикй", "pelevin", "словообразный", "ghbdtn", "αθηνασ", "пароом", "паром"]
        )
        scanned = {name for name, times in session.execute(text(SCANS)) if times}
    assert len(found) == 5
    assert scanned == set()
