"""Paid models whose answers say nothing: paid once, never a result, told to people, and the next provider reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from app.cli.output import OK, UNREAD
from app.cli.run import _code
from app.cli.status import status as status_command
from app.db import transaction
from app.demo.llm import Fault
from app.demo.llm.faults import Kind
from app.doctor import silence
from app.doctor.check import CheckFailed
from app.domain.ask.frames import Outcome
from app.domain.enrichment import TagsMetadata
from app.domain.kinds import State
from app.domain.reading import Analysis
from app.domain.remedies import SILENT as REMEDY
from app.explain.lineage import declined
from app.models import Publication
from app.ports import MediaInput
from app.settings import get_settings
from app.status.problems import find_problems
from app.status.providers import providers
from tests.factories.envelopes import SILENT, body
from tests.factories.messages import document, message, photo
from tests.factories.readings import reading
from tests.integration.pipeline.asking import ask
from tests.integration.pipeline.database import enrichment, one, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought, bought, only_reason, readings, states
from tests.integration.pipeline.test_refusals_told import run_once

TIMETABLE = "Расписание парома на озере"
THOUGHTS = Fault("raw", times=0, raw=SILENT["thoughts alone"])


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bought]:
    """A channel whose pictures an OpenAI-compatible server reads, which gives thoughts and no answer."""
    with bought(flow, monkeypatch) as made:
        made.connect("openai")
        made.server.faults.add(THOUGHTS)
        yield made


def test_the_fallback_reads_at_once_and_each_question_is_paid_once(bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,))
    bill.flow.watch()
    bill.photos(2)
    assert (bill.chats, len(second.calls), states()) == (2, 2, {"done": 2, "skipped": 2})
    assert sorted((status, provider) for status, _, provider in readings()) == [
        ("no_answer", "openai"),
        ("no_answer", "openai"),
        ("ok", "test"),
        ("ok", "test"),
    ]
    assert (
        rows("SELECT outcome, settled, error LIKE '%thoughts and no answer%' FROM token_ledger")
        == [("answered", 960, True)] * 2
    )
    assert (
        rows("SELECT answer->'body'->'choices'->0->'message'->>'reasoning_content' IS NOT NULL FROM raw_answers")
        == [(True,)] * 2
    )
    assert one("SELECT count(*) FROM media_vision WHERE tokens = 960 AND reading IS NULL") == 2
    assert only_reason(State.SKIPPED).startswith("no answer: loopback-vision gave thoughts and no answer")
    for _ in range(2):
        bill.later()
    bill.flow.run()
    assert (bill.chats, len(second.calls)) == (2, 2)


def test_people_see_which_provider_how_often_and_why(bill: Bought) -> None:
    bill.flow.watch()
    bill.photos(2)
    words = "openai: 2 of its last 2 answers said nothing that was asked for; the newest: loopback-vision gave thoughts"
    with transaction() as session:
        [problem] = [one for one in find_problems(session, get_settings()) if one.what.startswith(words)]
        [provider] = providers(session, get_settings())
    assert problem.remedy == REMEDY
    assert (provider.silent, (provider.silent_reason or "")[:14]) == (2, "loopback-visio")
    with pytest.raises(CheckFailed, match="2 of its last 2 answers") as ill:
        silence.answers("openai")
    assert ill.value.args[1] == REMEDY
    assert words in " ".join(CliRunner().invoke(status_command).output.split())
    bill.server.faults.clear()
    bill.photos(3, first=3)
    assert "2 of its last 5 answers" in silence.answers("openai")


KINDS: tuple[Kind, ...] = ("too_large", "moderated")


def test_a_run_in_which_no_picture_could_be_read_ends_with_four(bill: Bought) -> None:
    bill.flow.post(message(1, "A cat", photo("cat")), message(2, "A dog", photo("dog")))
    bill.flow.drive.watch("@news")
    done = run_once(bill.flow)
    [problem] = done.problems
    assert (_code(done), problem.partition("(")[0]) == (
        UNREAD,
        "none of the 2 pictures that were due could be read: no answer: loopback-vision gave thoughts and no answer; "
        "it ended at its limit of tokens ",
    )
    for number, kind in enumerate(KINDS, start=3):
        bill.server.faults.clear()
        bill.server.faults.add(Fault(kind, times=0))
        bill.flow.post(message(number, "A fox", photo(f"fox {number}")))
        assert _code(run_once(bill.flow)) == UNREAD
    bill.connect("openai", fallback=(PictureReader(),))
    bill.flow.post(message(9, "An owl", photo("owl")))
    assert _code(run_once(bill.flow)) == OK, "the fallback read it"


class TextReader(PictureReader):
    """A reader of texts."""

    def reads(self, mime: str) -> bool:
        """Everything."""
        return True

    def read(self, media: MediaInput) -> Analysis:
        """The words of the file."""
        return Analysis(reading=reading("a timetable", media.path.read_text()))


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [((), [("partial", TIMETABLE)]), ((TextReader(),), [("no_answer", None), ("ok", TIMETABLE)])],
)
def test_the_text_in_the_file_itself_is_not_lost(
    fallback: tuple[TextReader, ...], expected: list[tuple[str, str | None]], bill: Bought
) -> None:
    bill.connect("openai", fallback=fallback)
    bill.flow.watch()
    bill.flow.post(message(1, "", document(TIMETABLE.encode(), mime="text/plain")))
    bill.flow.run()
    assert rows("SELECT status, reading->'ocr'->>'text' FROM media_vision ORDER BY id") == expected
    assert rows("SELECT outcome, error IS NOT NULL FROM token_ledger") == [("answered", True)]


def test_talk_is_repaired_once_and_then_handed_on(bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,))
    bill.flow.watch()
    bill.server.faults.clear()
    bill.server.faults.add(Fault("raw", times=0, raw=body({"content": "What a nice picture!"})))
    bill.photos(1)
    assert (bill.chats, len(second.calls)) == (2, 1)
    assert rows("SELECT repair, settled, error IS NULL FROM token_ledger ORDER BY id") == [
        (False, 960, False),
        (True, 960, False),
    ]


def test_tags_stay_and_the_post_is_found(bill: Bought) -> None:
    bill.flow.watch()
    bill.server.faults.clear()
    bill.tag_with("openai")
    bill.flow.drive.vision = None
    bill.flow.post(message(1, "Паром через озеро снова ходит каждый день, расписание парома висит на причале."))
    bill.flow.run()
    before = TagsMetadata.model_validate(enrichment(1, "tags")).tags
    assert before
    bill.server.faults.add(THOUGHTS)
    bill.flow.post(message(1, "Паром через озеро больше не ходит, расписание парома снято с причала до весны."))
    bill.flow.run()
    assert TagsMetadata.model_validate(enrichment(1, "tags")).tags == before
    assert rows("SELECT reason FROM work WHERE step = 'tag' AND state = 'skipped'")[0][0].startswith("no answer: ")
    assert "весны" in str(one("SELECT text FROM search_documents"))
    with transaction() as session:
        [told] = declined(session, session.get_one(Publication, one("SELECT id FROM publications")))
    assert (told["end"], told["tokens"]) == ("no_answer", 960)


def test_a_question_ends_with_the_reason_and_is_not_asked_again(bill: Bought) -> None:
    bill.flow.drive.vision = None
    bill.ask_with("openai")
    bill.flow.watch()
    bill.flow.post(message(1, "Паром «Север» отходит в 10:30 от третьего причала."))
    bill.flow.run()
    for _ in range(2):
        answer = ask(bill.flow.drive, "Когда отходит паром «Север»?")
        assert (answer.outcome, (answer.reason or "")[:11]) == (Outcome.STOPPED, "no answer: ")
    assert (bill.chats, bill.spent()) == (1, 960)


def test_a_wait_that_is_over_pauses_the_provider_and_not_each_row(bill: Bought) -> None:
    bill.flow.watch()
    bill.server.faults.clear()
    bill.server.faults.add(Fault("rate_limit", retry_after="0", times=0))
    bill.flow.post(*(message(number, "A post", photo()) for number in range(1, 5)))
    bill.flow.drive.poll()
    assert (bill.chats < 3, states()) == (True, {"due": 4})
    assert one(
        "SELECT block = 'rate' AND blocked_until > created_at + interval '0.9 s' FROM paid_providers, token_ledger"
    )


def test_an_error_in_a_success_releases_what_was_reserved(bill: Bought) -> None:
    bill.flow.watch()
    bill.server.faults.clear()
    bill.server.faults.add(Fault("raw", raw=b'{"error": {"message": "overloaded", "code": 503}}'))
    bill.photos(1)
    bill.later()
    assert rows("SELECT outcome, settled = 0 FROM token_ledger ORDER BY id") == [("free", True), ("answered", False)]
    assert states() == {"done": 1}


def test_an_odd_usage_counts_as_reserved(bill: Bought) -> None:
    bill.flow.watch()
    bill.server.faults.clear()
    text = '{"classification": "photo", "is_meme": false, "description": "A thing"}'
    bill.server.faults.add(Fault("raw", raw=body({"content": text}, usage="free")))
    bill.photos(1)
    assert rows("SELECT outcome, settled = reserved FROM token_ledger") == [("answered", True)]
    assert [status for status, *_ in readings()] == ["ok"]
