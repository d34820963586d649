"""Tags by a paid model: asked once for each input, within the same budget, and posts go on without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.demo.llm import Fault
from app.domain.enrichment import TagsMetadata
from app.domain.kinds import REPROCESS, Step
from app.domain.reading import Analysis
from app.errors import Transient
from app.models import Publication
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.paid_step import PaidStep
from app.pipeline.engine.sweep import sweep
from app.pipeline.engine.work import requeue
from app.pipeline.steps.analyze import wake
from app.pipeline.steps.tag import PaidTags, Tag
from app.pipeline.steps.tag_input import TaggingInput
from app.ports import MediaInput, Tagger, Tagging, TagInput
from app.settings import get_settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, enrichment, events, lineage, one, rows, work
from tests.integration.pipeline.flow import Flow, PictureReader, elsewhere
from tests.integration.pipeline.paid import Bought, bought
from tests.integration.pipeline.test_retagging import read_again

POST = "Паром через озеро снова ходит каждый день, расписание парома висит на причале."


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bought]:
    """A watched channel whose posts an OpenAI-compatible server tags; pictures are read for nothing."""
    with bought(flow, monkeypatch) as made:
        made.tag_with("openai")
        flow.watch()
        yield made


def tags(id: int = 1) -> list[str]:
    """The tags that a message resolves to."""
    return TagsMetadata.model_validate(enrichment(id, "tags")).tags


def post(bill: Bought, *texts: str) -> None:
    """Posts without pictures, read to the end."""
    bill.flow.post(*(message(number, text) for number, text in enumerate(texts, 1)))
    bill.flow.run()


@pytest.mark.parametrize("provider", ["gigachat", "openai"])
def test_a_post_is_tagged_by_one_call_and_its_price_is_in_the_lineage(
    provider: str, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bought(flow, monkeypatch) as bill:
        bill.tag_with(provider)
        flow.watch()
        post(bill, POST, POST + " И ещё раз.")
        assert len(bill.server.ledger.taggings()) == bill.chats == 2
        assert 3 <= len(tags()) <= 7
        assert rows("SELECT sum(tokens), count(*) FROM tag_changes") == [(bill.server.ledger.tokens, 2)]
        assert bill.spent() == bill.server.ledger.tokens
        assert one("SELECT count(*) FROM search_documents WHERE cardinality(tag_list) > 2") == 2
        flow.run()
        assert bill.chats == 2


def test_tags_wait_for_the_reading_and_are_asked_for_once(bill: Bought) -> None:
    bill.tag_with("openai", TAG_WAIT=300)
    bill.flow.post(message(1, POST, photo("кошка", "ТЕКСТ")))
    bill.flow.run()
    assert bill.chats == 1
    assert [(trigger, called) for trigger, _, called, *_ in lineage(1)] == [("initial", True)]
    assert TagsMetadata.model_validate(enrichment(1, "tags")).tags_version is not None


def test_a_reading_that_takes_too_long_is_not_waited_for(bill: Bought) -> None:
    bill.tag_with("openai", TAG_WAIT=300)
    bill.flow.post(message(1, POST, photo("кошка")))
    bill.flow.drive.vision = Slow()
    bill.flow.drive.poll()
    assert bill.chats == 0
    assert one("SELECT count(*) FROM search_documents") == 1, "found by its words until then"
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'tag'")
    bill.flow.drive.follow(sweep())
    assert bill.chats == 1
    assert [reason for _, reason, *_ in lineage(1)] == ["initial"]


def test_a_reading_that_waits_for_a_budget_is_not_waited_for(bill: Bought) -> None:
    bill.tag_with("gigachat", TAG_WAIT=300)
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    bill.patch.setenv("TAGGER", "gigachat")
    bill.flow.post(message(1, POST, photo()))
    bill.flow.run()
    assert [call.purpose for call in bill.server.ledger.calls("chat")] == ["tags"]
    assert [reason for _, reason, *_ in lineage(1)] == ["initial"]


def test_without_budget_posts_are_found_and_tags_wait_with_a_reason(bill: Bought) -> None:
    bill.tag_with("openai", OPENAI_DAILY_TOKENS=1)
    post(bill, POST)
    assert bill.chats == 0
    [(*_, state, reason)] = work(Step.TAG)
    assert state == "waiting"
    assert "OPENAI_DAILY_TOKENS=1" in reason
    assert one("SELECT count(*) FROM search_documents") == 1
    bill.tag_with("openai", OPENAI_DAILY_TOKENS="unlimited")
    with transaction() as session:
        wake(session)
    bill.flow.drive.settle()
    assert len(tags()) >= 3
    assert len(events("posts.tagged")) == 1


def test_pictures_and_tags_share_one_budget(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=12_000)
    for number in range(1, 9):
        bill.flow.post(message(number, f"{POST} {number}", photo()))
    bill.flow.run()
    assert len(bill.server.ledger.readings()) >= 2
    assert len(bill.server.ledger.taggings()) >= 2
    assert bill.spent() == bill.server.ledger.tokens <= 12_000


def test_equal_features_under_a_new_version_ask_nobody(bill: Bought) -> None:
    bill.flow.post(message(1, POST, photo("кошка")))
    bill.flow.run()
    calls = bill.chats
    better = PictureReader("better")
    read_again(bill.flow, better, [better])
    assert bill.chats == calls
    assert [(reason, called) for _, reason, called, *_ in lineage(1)][-1] == ("same_input", False)


def test_an_edit_is_tagged_anew_and_a_wish_with_the_same_input_is_not(bill: Bought) -> None:
    post(bill, POST)
    with transaction() as session:
        asked = [(id_, revision) for id_, revision in session.execute(select(Publication.id, Publication.revision))]
        requeue(session, Step.TAG, asked, hint=0.0, asked=REPROCESS)
    bill.flow.drive.settle()
    assert bill.chats == 1
    post(bill, "Совсем другой текст: библиотека закрыта на ремонт до осени.")
    assert bill.chats == 2
    assert [(trigger, reason) for trigger, reason, *_ in lineage(1)] == [
        ("initial", "initial"),
        ("manual", "same_input"),
        ("edit", "text_changed"),
    ]
    assert one("SELECT sum(tokens) FROM tag_changes") == bill.server.ledger.tokens, "an answer is paid for once"


def test_a_refusal_leaves_the_post_and_is_not_repeated(bill: Bought) -> None:
    bill.server.faults.add(Fault("refusal", times=0))
    post(bill, POST)
    bill.later()
    assert bill.chats == 1
    [(*_, state, reason)] = work(Step.TAG)
    assert (state, reason.startswith("refused: ")) == ("skipped", True)
    assert one("SELECT count(*) FROM search_documents") == 1


def test_what_is_valid_of_a_hopeless_answer_is_partial(bill: Bought) -> None:
    bill.server.faults.add(Fault("hopeless"))
    post(bill, POST)
    assert [call.repair for call in bill.server.ledger.calls("chat")] == [False, True]
    assert rows("SELECT status, metadata->>'status' FROM post_enrichment WHERE kind = 'tags'") == [
        ("partial", "partial")
    ]


def test_an_unanswered_question_is_unknown_and_the_post_goes_on(bill: Bought) -> None:
    bill.tag_with("openai", TAGGER_TIMEOUT=0.5)
    bill.server.faults.add(Fault("hang"))
    post(bill, POST)
    bill.later()
    assert bill.chats == 1
    assert work(Step.TAG)[0][2] == "unknown"
    assert one("SELECT count(*) FROM search_documents") == 1


def test_without_an_answer_a_post_is_found_by_what_its_pictures_say_all_the_same(bill: Bought) -> None:
    """It was indexed by its words while the tags waited for the reading; what the reading says must not be lost."""
    bill.tag_with("openai", TAG_WAIT=300, TAGGER_TIMEOUT=0.5)
    bill.server.faults.add(Fault("hang"))
    bill.flow.post(message(1, POST, photo("кошка", "ТЕКСТ НА КАРТИНКЕ")))
    bill.flow.run()
    assert rows("SELECT state FROM work WHERE step = 'tag'") == [("unknown",)]
    assert "ТЕКСТ" in one("SELECT ocr FROM search_documents")


def test_a_vocabulary_decides_which_tags_there_are(bill: Bought, tmp_path: Path) -> None:
    names = tmp_path / "tags.txt"
    names.write_text("паром\nпричал\nметро\n")
    bill.tag_with("openai", TAG_VOCABULARY=names, TAG_VOCABULARY_MODE="only")
    post(bill, POST)
    assert {"паром"} <= set(tags()) <= {"паром", "причал", "метро"}
    assert TagsMetadata.model_validate(enrichment(1, "tags")).vocabulary
    names.write_text("расписание\n")
    bill.tag_with("openai", TAG_VOCABULARY=names, TAG_VOCABULARY_MODE="only")
    with transaction() as session:
        asked = [(id_, revision) for id_, revision in session.execute(select(Publication.id, Publication.revision))]
        requeue(session, Step.TAG, asked, hint=0.0, asked=REPROCESS)
    bill.flow.drive.settle()
    assert set(tags()) <= {"расписание"}
    assert [(trigger, called) for trigger, _, called, *_ in lineage(1)] == [("initial", True), ("manual", True)]


def test_an_edit_in_the_middle_of_a_call_loses_no_paid_answer(bill: Bought) -> None:
    """The answer belongs to the text that was: it is kept, booked, and not taken for the new one."""
    bill.flow.post(message(1, POST))
    bill.tag_with("openai", OPENAI_DAILY_TOKENS=0)
    bill.flow.run()
    bill.tag_with("openai", OPENAI_DAILY_TOKENS="unlimited")
    change("UPDATE work SET state = 'due', next_attempt_at = now() WHERE step = 'tag'")
    [(subject, revision, *_)] = work(Step.TAG)
    tagger = bill.taggers[-1]
    buyer = Edited(tagger, bill)
    run_external(PaidStep(PaidTags(buyer), tagger, get_settings().limits("openai"), 5.0), [(subject, revision)])
    bill.flow.drive.settle()
    assert bill.chats == 2
    assert bill.spent() == bill.server.ledger.tokens
    assert one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL") == 0
    assert one("SELECT count(*) FROM raw_answers") == 2
    assert [revision for *_, revision in rows("SELECT revision FROM tag_changes")] == [2]


def due_tag(bill: Bought) -> tuple[int, int]:
    """The key of a post that is due to be tagged: an album of one picture with words."""
    bill.flow.drive.vision = None
    bill.flow.post(message(1, POST, photo(), grouped_id=5))
    bill.tag_with("openai", OPENAI_DAILY_TOKENS=0)
    bill.flow.run()
    bill.tag_with("openai", OPENAI_DAILY_TOKENS="unlimited")
    change("UPDATE work SET state = 'due', next_attempt_at = now() WHERE step = 'tag'")
    [(subject, revision, *_)] = work(Step.TAG)
    return subject, revision


def paying(bill: Bought, buyer: Tag) -> PaidStep[TaggingInput, TagInput, Tagging]:
    """The step as a worker makes it."""
    return PaidStep(PaidTags(buyer), bill.taggers[-1], get_settings().limits("openai"), 5.0)


def test_a_late_item_without_words_asks_for_the_same_tags_once(bill: Bought) -> None:
    """It comes while the model thinks, and makes a new revision whose question is the same."""
    key = due_tag(bill)
    run_external(paying(bill, Grown(bill.taggers[-1], bill)), [key])
    bill.flow.drive.settle()
    assert bill.chats == 1
    assert work(Step.TAG)[-1][2] == "done"


def test_a_late_item_between_answer_and_tags_costs_nothing(bill: Bought) -> None:
    key = due_tag(bill)
    run_external(paying(bill, Tag(bill.taggers[-1], bulk=False)), [key])
    bill.flow.post(message(2, "", photo(), grouped_id=5))
    bill.flow.run()
    assert bill.chats == 1
    assert len(tags()) >= 3


def test_a_refusal_by_status_is_not_asked_again(bill: Bought) -> None:
    bill.server.faults.add(Fault("blocked", times=0))
    post(bill, POST)
    assert work(Step.TAG)[0][2] == "skipped"
    with transaction() as session:
        requeue(session, Step.TAG, [(work(Step.TAG)[0][0], 1)], hint=0.0, asked=REPROCESS)
    bill.flow.drive.settle()
    assert bill.chats == 1


def test_a_post_is_found_by_its_words_while_tags_wait_for_a_long_limit(bill: Bought) -> None:
    bill.server.faults.add(Fault("rate_limit", retry_after="86400", times=0))
    post(bill, POST)
    assert work(Step.TAG)[0][2] == "waiting"
    assert one("SELECT count(*) FROM search_documents") == 1


def test_a_post_without_a_word_takes_no_place_and_costs_nothing(bill: Bought) -> None:
    bill.tag_with("openai", OPENAI_DAILY_TOKENS=0)
    post(bill, "🎉 🎉")
    assert work(Step.TAG)[0][2] == "done"
    assert (bill.chats, one("SELECT count(*) FROM token_ledger")) == (0, 0)


class Slow(PictureReader):
    """Never done: its process is busy with something else."""

    def read(self, media: MediaInput) -> Analysis:
        """Comes back later."""
        raise Transient("later", 600.0, charge=False)


class Edited(Tag):
    """A post that is edited while the model thinks."""

    def __init__(self, tagger: Tagger, bill: Bought) -> None:
        super().__init__(tagger, bulk=False)
        self._bill = bill

    def lock(self, session: Session, inputs: Sequence[TaggingInput]) -> None:
        """Called after the answer came."""
        if self._bill.chats == 1 and one("SELECT max(revision) FROM publications") == 1:
            self._bill.flow.post(message(1, POST + " Добавлено."))
            elsewhere(self._bill.flow.drive.poll)


class Grown(Tag):
    """An album that grows by a picture without words while the model thinks."""

    def __init__(self, tagger: Tagger, bill: Bought) -> None:
        super().__init__(tagger, bulk=False)
        self._bill = bill

    def lock(self, session: Session, inputs: Sequence[TaggingInput]) -> None:
        """Called after the answer came."""
        if self._bill.chats == 1 and one("SELECT max(revision) FROM publications") == 1:
            self._bill.flow.post(message(2, "", photo(), grouped_id=5))
            elsewhere(self._bill.flow.drive.poll)
