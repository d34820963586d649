"""The demo's questions, asked of the sample channels and answered as workers do; each check sees its damages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import wiring
from app.ask.answers import answer_of
from app.db import transaction
from app.demo.channels import SampleWorld
from app.demo.checks import Check
from app.demo.checks.answers import Answers, answered, check_answers, nothing_invented, repeated, vanished
from app.demo.checks.evidence import Evidence
from app.demo.expected import expected
from app.demo.questions.asking import ask, ask_again
from app.demo.questions.changed import Changed, change
from app.demo.questions.flow import Asked, ask_all
from app.demo.questions.sample import COUNT, NOTHING, PICTURE, Question, permalink, right
from app.domain.flow import Call
from app.pipeline.steps.ask import answer_questions
from app.settings import get_settings
from tests.adapters import forget_adapters
from tests.integration.sample_archive import SampleArchive, sample_archive
from tests.services import TestServices

POSTS = text(
    "SELECT p.id, p.text, p.history, p.edited_at, b.text AS published, b.revision FROM posts p"
    " LEFT JOIN publications b ON b.id = p.publication_id ORDER BY p.id"
)
CITED = "SELECT (cites->0->>'span')::int"


def work(calls: Iterable[Call]) -> None:
    """Answers as a worker does when the message reaches it."""
    for call in calls:
        answer_questions(wiring.checked_answerer(), call.keys)


@dataclass
class Spoken:
    """The archive after all questions of the demo. posts: as they were before."""

    archive: SampleArchive
    asked: Asked
    posts: list[Any]

    def evidence(self, session: Session) -> Evidence:
        """What a check sees of it now."""
        return Evidence(session, self.archive.store, self.archive.expected, self.archive.embedder)

    def answers(self, session: Session) -> Answers:
        """The answers as users read them now."""
        return {one: answer_of(session, number) for one, number in self.asked.numbers.items()}


def few(world: SampleWorld) -> SampleWorld:
    """The posts without media, which are quick to read, and those that answer the questions."""
    sample = expected(world)
    wanted = {key for one in (COUNT, PICTURE) for post in right(sample, one).posts.values() for key in post.keys}
    for channel in world.channels:
        kept = {number: one for number, one in channel.messages.items() if one.file is None}
        kept |= {
            number: channel.messages[number] for telegram_id, number in wanted if telegram_id == channel.telegram_id
        }
        channel.messages = dict(sorted(kept.items()))
    world.later.clear()
    return world


@pytest.fixture(scope="module")
def spoken(services: TestServices, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    """A part of the sample channels, read once and asked once for all tests."""
    with sample_archive(services, tmp_path_factory.mktemp("archive"), samples, few) as archive:
        forget_adapters()
        posts = _posts(archive)
        yield Spoken(archive, ask_all(archive.expected, work), posts)
    forget_adapters()


@pytest.fixture
def at_home(spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of this process that are the archive's."""
    monkeypatch.setenv("DATABASE_URL", spoken.archive.engine.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def _posts(archive: SampleArchive) -> list[Any]:
    with Session(archive.engine) as session:
        return list(session.execute(POSTS))


def test_every_check_of_answers_holds(spoken: Spoken) -> None:
    with Session(spoken.archive.engine) as session:
        found = check_answers(spoken.evidence(session), spoken.answers(session), spoken.asked)
    assert [f"{one.name}: {one.detail}" for one in found if not one.held] == []
    assert len({one.name for one in found}) == 4


def test_the_archive_is_afterwards_as_it_was(spoken: Spoken) -> None:
    assert _posts(spoken.archive) == spoken.posts
    assert len(spoken.posts) > 100


def test_one_question_is_answered_by_a_post_and_one_by_a_picture_alone(spoken: Spoken) -> None:
    sample = spoken.archive.expected
    assert any("46 мешков" in message.text for message in sample.final.values())
    value = right(sample, PICTURE).value
    assert not any(value in message.text for message in sample.final.values())
    with Session(spoken.archive.engine) as session:
        found = spoken.answers(session)
    assert {cite.source for one in found[PICTURE].sentences for cite in one.cites} == {"ocr"}
    assert {cite.source for one in found[COUNT].sentences for cite in one.cites} == {"post"}
    assert [question.language for question in found.values()] == ["ru", "en", "ru"]


def test_a_right_answer_is_one_that_the_channels_have(spoken: Spoken) -> None:
    sample = spoken.archive.expected
    [(address, post)] = right(sample, COUNT).posts.items()
    assert address == permalink(sample, post)
    assert "46" in sample.words(post)
    for fact in (r"(\d+) слонов", r"^(.)"):  # nothing, and a lot
        with pytest.raises(ValueError, match="answers to"):
            right(sample, Question("Сколько слонов?", fact))


# Each is done to the rows after the questions, and rolled back.
DAMAGES: dict[str, tuple[Question, str]] = {
    "no sentence": (COUNT, "DELETE FROM answer_sentences WHERE question_id = {number}"),
    "another number": (
        COUNT,
        "UPDATE answer_sentences SET text = replace(text, '46', '47') WHERE question_id = {number}",
    ),
    "another post cited": (
        PICTURE,
        "UPDATE question_spans SET publication_id = (SELECT s.publication_id FROM question_spans s WHERE"
        " s.question_id = {number} AND s.publication_id <> question_spans.publication_id AND s.source = 'post' LIMIT 1)"
        f" WHERE question_id = {{number}} AND number = ({CITED} FROM answer_sentences WHERE question_id = {{number}}"
        " LIMIT 1)",
    ),
    "a quote that no post has": (
        COUNT,
        "UPDATE answer_sentences SET cites = jsonb_set(cites, '{{0,quote}}', '\"Собрали 46 слонов.\"')"
        " WHERE question_id = {number}",
    ),
    "not answered": (COUNT, "UPDATE questions SET answered_at = NULL WHERE id = {number}"),
    "the post says something else": (
        COUNT,
        "UPDATE publications SET text = replace(text, 'Собрали 46', 'Собрали 64')",
    ),
    "the picture was read otherwise": (
        PICTURE,
        "UPDATE media_vision SET reading = replace(reading::text, 'charge for ten', 'charge for two')::jsonb",
    ),
    "the document says something else": (
        PICTURE,
        "UPDATE search_documents SET ocr = replace(ocr, 'charge for ten', 'charge for two')",
    ),
}
INVENTED = {
    "a sentence": "INSERT INTO answer_sentences (question_id, position, text, cites, verdict) SELECT {number}, 1, text,"
    " jsonb_build_array(jsonb_build_object('span', number, 'quote', text)), 'kept' FROM question_spans"
    " WHERE question_id = {number} AND source = 'post' LIMIT 1",
    "not answered": "UPDATE questions SET answered_at = NULL WHERE id = {number}",
}


def _damaged(session: Session, spoken: Spoken, question: Question, damage: str) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    touched: Any = session.connection().exec_driver_sql(damage.format(number=spoken.asked.numbers[question]))
    assert touched.rowcount > 0, "the damage changes nothing"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_wrong_answer_is_seen(spoken: Spoken, damage: str) -> None:
    question, statement = DAMAGES[damage]
    with Session(spoken.archive.engine) as session:
        _damaged(session, spoken, question, statement)
        check = answered(spoken.evidence(session), spoken.answers(session))
    assert not check.held
    assert question.text in check.detail


@pytest.mark.parametrize("damage", INVENTED)
def test_an_answer_where_there_is_none_is_seen(spoken: Spoken, damage: str) -> None:
    with Session(spoken.archive.engine) as session:
        _damaged(session, spoken, NOTHING, INVENTED[damage])
        assert not nothing_invented(spoken.answers(session)).held


def test_checks_of_no_question_hold_nothing(spoken: Spoken) -> None:
    with Session(spoken.archive.engine) as session:
        found = check_answers(spoken.evidence(session), {}, Asked({}, {}, None))
    assert [one.name for one in found if one.held] == []


@pytest.mark.usefixtures("at_home")
def test_a_question_that_is_answered_twice_is_seen(spoken: Spoken) -> None:
    question = Question("Когда отходит последний паром?")
    number = ask(question.text, work)
    assert repeated({question: ask_again(question.text, work)}).held
    with transaction() as session:
        session.execute(text("UPDATE questions SET key = 'lost' WHERE id = :number"), {"number": number})
    check = repeated({question: ask_again(question.text, work)})
    assert not check.held
    assert "was not known" in check.detail
    assert "called a worker" in check.detail


Reread = Callable[[Session, Changed], Changed]

KEPT = "UPDATE answer_sentences SET verdict = 'kept' WHERE question_id = {}"
ANOTHER = "UPDATE posts SET text = replace(text, 'Собрали 46', 'Собрали 57')"


def _late_kept(session: Session, changed: Changed) -> Changed:
    session.execute(text(KEPT.format(changed.late.id)))
    return replace(changed, late=answer_of(session, changed.late.id))


def _not_restored(session: Session, changed: Changed) -> Changed:
    session.execute(text(ANOTHER))
    return replace(changed, after=answer_of(session, changed.after.id))


def _never_there(session: Session, changed: Changed) -> Changed:
    session.execute(text(f"DELETE FROM answer_sentences WHERE question_id = {changed.before.id}"))
    return replace(changed, before=answer_of(session, changed.before.id))


def _never_gone(session: Session, changed: Changed) -> Changed:
    return replace(changed, meanwhile=answer_of(session, changed.meanwhile.id))


def _never_chosen(session: Session, changed: Changed) -> Changed:
    session.execute(text(f"DELETE FROM answer_sentences WHERE question_id = {changed.late.id}"))
    return replace(changed, late=answer_of(session, changed.late.id))


@pytest.mark.parametrize("reread", [_late_kept, _not_restored, _never_there, _never_gone, _never_chosen])
def test_a_sentence_that_outlives_its_evidence_is_seen(spoken: Spoken, reread: Reread) -> None:
    assert spoken.asked.changed is not None
    with Session(spoken.archive.engine) as session:
        check = vanished(spoken.evidence(session), COUNT, reread(session, spoken.asked.changed))
    assert not check.held


def _judge(spoken: Spoken, changed: Changed | None) -> Check:
    with Session(spoken.archive.engine) as session:
        return vanished(spoken.evidence(session), COUNT, changed)


@pytest.mark.usefixtures("at_home")
def test_an_answer_without_the_number_has_nothing_to_lose(spoken: Spoken) -> None:
    changed = change(spoken.asked.numbers[NOTHING], "46", work)
    assert changed is None
    assert not _judge(spoken, changed).held


@pytest.mark.usefixtures("at_home")
def test_the_post_has_another_number_while_the_worker_answers_and_no_poll_puts_it_right(spoken: Spoken) -> None:
    seen: list[str] = []

    def look(calls: Iterable[Call]) -> None:
        with Session(spoken.archive.engine) as session:
            seen.extend(session.scalars(text("SELECT text FROM posts WHERE text LIKE 'Собрали % мешков%'")))
            with pytest.raises(OperationalError, match="could not obtain lock"):
                session.execute(text("SELECT id FROM channels WHERE id = (SELECT channel_id FROM posts WHERE text LIKE"
                                     " 'Собрали % мешков%') FOR NO KEY UPDATE NOWAIT"))  # fmt: skip
        work(calls)

    change(spoken.asked.numbers[COUNT], "46", look)
    assert [one[:19] for one in seen] == ["Собрали 57 мешков. "]
    assert _posts(spoken.archive) == spoken.posts


@pytest.mark.usefixtures("at_home")
def test_a_broker_that_fails_leaves_the_post_as_it_was(spoken: Spoken) -> None:
    def fail(calls: Iterable[Call]) -> None:
        raise ConnectionError

    with suppress(ConnectionError):
        change(spoken.asked.numbers[COUNT], "46", fail)
    assert _posts(spoken.archive) == spoken.posts
