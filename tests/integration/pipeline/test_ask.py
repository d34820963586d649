"""A question is a row of work: answered once, from the spans that were offered, and only with what posts still say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.ask.questions import place, prepare, stop, work_of
from app.db import transaction
from app.domain.ask.answer import Answer, AskInput
from app.domain.ask.frames import Outcome
from app.domain.kinds import Step
from app.errors import Permanent, UserError
from app.ports import CheckedAnswerer
from app.search.filters import Filters
from tests.factories.messages import message, photo
from tests.factories.worlds import CITY
from tests.integration.pipeline.asking import ask, put, read, said
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import told, wrong
from tests.rows import until

FERRY = "Паром «Север» отходит в 10:30 от третьего причала. Билет стоит 450 рублей."
QUESTION = "Когда отходит паром «Север»?"


@pytest.fixture
def archive(flow: Flow) -> Flow:
    """A watched channel with a post that answers, and posts about other things."""
    flow.watch()
    flow.post(
        message(1, FERRY),
        message(2, "Библиотека закрыта на ремонт до конца месяца. Книги можно вернуть в филиал."),
        message(3, "Погода: завтра дождь и сильный ветер, порт предупреждает о волнах."),
    )
    flow.run()
    return flow


def test_an_answer_is_sentences_of_posts_with_their_places(archive: Flow) -> None:
    answer = ask(archive.drive, QUESTION)
    assert answer.outcome is Outcome.ANSWERED
    assert said(answer)[0] == "Паром «Север» отходит в 10:30 от третьего причала."
    [cite] = answer.sentences[0].cites
    assert (cite.quote, cite.source, cite.edited, cite.stands) == (said(answer)[0], "post", False, True)
    assert cite.place.permalink == "https://t.me/news/1"
    assert [(subject, state) for subject, _, state, _ in work(Step.ASK)] == [(answer.id, "done")]


def test_where_no_post_is_found_the_answer_says_so(archive: Flow) -> None:
    answer = ask(archive.drive, "Zyxwv qwrtp?")
    assert (answer.outcome, said(answer), list(answer.passages)) == (Outcome.NOT_FOUND, [], [])


def test_passages_are_there_before_a_worker_has_begun(archive: Flow) -> None:
    answer = read(put(archive.drive, QUESTION).id)
    assert (answer.outcome, said(answer)) == (Outcome.OPEN, [])
    assert answer.passages[0].place.permalink == "https://t.me/news/1"


def test_filters_of_the_query_language_limit_what_is_offered(archive: Flow) -> None:
    archive.drive.watch("@city")
    archive.post(message(1, "Паром «Север» отходит в 12:00, пишет город."), channel=CITY)
    archive.run()
    assert all("12:00" in text for text in said(ask(archive.drive, f"{QUESTION} channel:city")))
    assert "12:00" not in " ".join(said(ask(archive.drive, f"{QUESTION} channel:news")))


TAMPERINGS = (
    "UPDATE posts SET text = replace(text, '10:30', '11:30')",
    "UPDATE publications SET text = replace(text, '10:30', '11:30')",
    "UPDATE search_documents SET text = replace(text, '10:30', '11:30')",
    "DELETE FROM search_documents",
)


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_a_number_that_changes_after_retrieval_takes_the_sentence_with_it(archive: Flow, statement: str) -> None:
    placed = put(archive.drive, QUESTION)
    change(statement)
    assert placed.call is not None
    archive.drive.follow([placed.call])
    assert not any("10:30" in text for text in said(read(placed.id)))
    assert read(placed.id).dropped["changed"] >= 1


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_one_that_changes_behind_an_answer_without_an_edit_takes_it_too(archive: Flow, statement: str) -> None:
    before = ask(archive.drive, QUESTION)
    assert "10:30" in said(before)[0]
    change(statement)
    assert not any("10:30" in text for text in said(read(before.id)))


def test_a_post_that_says_it_again_is_the_proof_again_when_the_question_is_asked_again(archive: Flow) -> None:
    placed = put(archive.drive, QUESTION)
    change("UPDATE posts SET text = replace(text, '10:30', '11:30')")
    archive.drive.follow([placed.call] if placed.call else [])
    change("UPDATE posts SET text = replace(text, '11:30', '10:30')")
    again = ask(archive.drive, QUESTION)
    assert (again.id, "10:30" in said(again)[0]) == (placed.id, True)


def test_an_edit_before_the_answer_drops_the_sentence_and_after_it_marks_it(archive: Flow) -> None:
    late = put(archive.drive, QUESTION)
    done = ask(archive.drive, "Сколько стоит билет на паром «Север»?")
    archive.post(message(1, FERRY.replace("10:30", "11:30").replace("450", "500")))
    archive.run()
    archive.drive.follow([late.call] if late.call else [])
    assert not any("10:30" in text for text in said(read(late.id)))
    [cite] = next(one.cites for one in read(done.id).sentences if "450" in one.text)
    assert (cite.edited, cite.stands, cite.revision) == (True, False, 1)


def test_words_in_a_picture_are_cited_as_such_and_a_new_reading_drops_them(flow: Flow) -> None:
    flow.watch()
    board = photo("табло", "ПАРОМ ЮГ УХОДИТ В 07:15")
    flow.post(message(1, "Расписание на завтра", board, grouped_id=77), message(2, "", photo("кот"), grouped_id=77))
    flow.run()
    answer = ask(flow.drive, "Во сколько уходит паром Юг?")
    [cite] = next(one.cites for one in answer.sentences if "07:15" in one.text)
    assert cite.source == "ocr"
    change("UPDATE post_enrichment SET metadata = replace(metadata::text, '07:15', '08:15')::jsonb")
    assert not any("07:15" in text for text in said(read(answer.id)))


def test_a_deleted_post_stays_the_proof_and_is_marked(archive: Flow) -> None:
    answer = ask(archive.drive, QUESTION)
    archive.delete(1)
    archive.run()
    [cite] = read(answer.id).sentences[0].cites
    assert cite.place.deleted_at is not None


def test_a_repeated_question_is_answered_from_its_rows_until_a_span_changes(archive: Flow) -> None:
    first = ask(archive.drive, QUESTION)
    again = put(archive.drive, "  когда ОТХОДИТ паром «Север»?")
    assert (again.id, again.repeated, again.call) == (first.id, True, None)
    beside = put(archive.drive, QUESTION, Filters())
    assert (beside.id, beside.repeated) == (first.id, True), "limits that limit nothing make no other question"
    archive.post(message(4, "Паром «Север» отходит теперь в 12:45."))
    archive.run()
    other = put(archive.drive, QUESTION)
    assert (other.id != first.id, other.repeated) == (True, False)


def test_two_who_ask_the_same_at_once_share_one_row(archive: Flow) -> None:
    one_, two = put(archive.drive, QUESTION), put(archive.drive, QUESTION)
    assert (one_.id, one_.repeated, two.id, two.repeated) == (two.id, False, one_.id, True)
    for _ in range(3):
        archive.drive.follow([one_.call] if one_.call else [])
    assert one("SELECT count(*) FROM answer_sentences WHERE position = 1") == 1


def test_a_stopped_question_is_not_answered_and_goes_on_when_it_is_asked_again(archive: Flow) -> None:
    placed = put(archive.drive, QUESTION)
    with transaction() as session:
        stop(session, placed.id)
    archive.drive.follow([placed.call] if placed.call else [])
    assert (read(placed.id).outcome, read(placed.id).reason) == (Outcome.STOPPED, "stopped by a person")
    again = ask(archive.drive, QUESTION)
    assert (again.id, again.outcome) == (placed.id, Outcome.ANSWERED)


def test_of_two_who_ask_a_stopped_question_again_at_once_one_makes_it_due(archive: Flow) -> None:
    placed = put(archive.drive, QUESTION)
    with transaction() as session:
        stop(session, placed.id)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            prepared = prepare(session, QUESTION, embedder=None)
            first = place(session, prepared, archive.drive.answers().version)
            second = pool.submit(put, archive.drive, QUESTION)
            until(lambda: rows("SELECT 1 FROM pg_locks WHERE NOT granted"), "the other waits")
        assert (first.call is not None, second.result().call) == (True, None)
    archive.drive.follow([first.call] if first.call else [])
    assert read(placed.id).outcome is Outcome.ANSWERED


def test_who_asks_again_does_not_wait_for_a_worker_that_writes_the_answer(archive: Flow) -> None:
    placed = put(archive.drive, QUESTION)
    with ThreadPoolExecutor(1) as pool, transaction() as session:
        work_of(session, placed.id, locked=True)
        assert pool.submit(put, archive.drive, QUESTION).result(20).id == placed.id


class Failing(CheckedAnswerer):
    """An answerer that always fails."""

    version = "failing-1"

    def answer(self, given: AskInput) -> Answer:
        raise Permanent("the answerer is broken")


def test_a_question_that_fails_is_dead_and_asked_again_goes_on(archive: Flow) -> None:
    archive.drive.answerer = Failing()
    answer = ask(archive.drive, QUESTION)
    assert (answer.outcome, answer.reason) == (Outcome.DEAD, "the answerer is broken")
    assert put(archive.drive, QUESTION).call is not None


def test_another_answerer_does_not_answer_a_question_that_was_put_to_this_one(archive: Flow) -> None:
    placed = put(archive.drive, QUESTION)
    archive.drive.answerer = Failing()
    archive.drive.follow([placed.call] if placed.call else [])
    assert (read(placed.id).outcome, said(read(placed.id))) == (Outcome.STOPPED, [])
    archive.drive.answerer = None
    assert ask(archive.drive, QUESTION).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("text", ["", "  ", "channel:news", "?!", "а" * 1_001])
def test_a_question_without_words_or_without_end_is_refused_with_a_remedy(archive: Flow, text: str) -> None:
    with pytest.raises(UserError):
        put(archive.drive, text)
    assert rows("SELECT 1 FROM questions") == []


def test_deleted_and_later_posts_obey_the_limits_beside_the_question(archive: Flow) -> None:
    answer = ask(archive.drive, QUESTION, Filters(channel_ids=(0,)))
    assert (answer.outcome, list(answer.passages)) == (Outcome.NOT_FOUND, [])


DAMAGES = (
    ("DELETE FROM work WHERE step = 'ask'", "it has no row of work", True),
    ("UPDATE questions SET answered_at = NULL", "its work is done, and no answer is stored", True),
    ("UPDATE question_spans SET text = 'Паром отходит в 11:30.' WHERE number = 1", "span 1 has another hash", False),
    (
        "UPDATE answer_sentences SET cites = jsonb_build_array(jsonb_build_object('span', 1, 'quote', 'в полночь'))",
        "sentence 1 quotes span 1, which does not have its words",
        False,
    ),
)


@pytest.mark.parametrize(("statement", "says", "mended"), DAMAGES)
def test_verify_names_a_damaged_answer_and_mends_it_where_it_can(
    archive: Flow, statement: str, says: str, mended: bool
) -> None:
    answer = ask(archive.drive, QUESTION)
    assert told(archive)["answers"].ok
    change(statement)
    assert says in wrong(archive)["answers"][0]
    told(archive, repair=True)
    archive.drive.settle()
    assert told(archive)["answers"].ok is mended
    assert not mended or read(answer.id).outcome is Outcome.ANSWERED
