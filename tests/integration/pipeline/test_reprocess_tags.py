"""retag: whom another tagger tagged, at what price, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.llm.tagger import LlmTagger
from app.adapters.tagger.vocabulary import load_vocabulary
from app.db import transaction
from app.demo.llm import Fault
from app.domain.flow import Key
from app.domain.kinds import Step
from app.reprocess import tags as tags_module
from app.reprocess.choice import choose
from app.reprocess.run import tag_again
from app.reprocess.tags import TagPlan, Tags
from app.settings import get_settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, enrichment, lineage, one, rows
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.reprocessing import NEW, planned, stopped


@dataclass(frozen=True)
class KeyedPlan(TagPlan):
    """A plan with its publications."""

    keys: list[Key] = field(repr=False)


def tagged_again(plan: KeyedPlan) -> int:
    """The run, as far as the command does it."""
    with transaction() as session:
        return tag_again(session, plan.keys)


class Tagging:
    """Posts tagged by a paid model."""

    def __init__(self, bill: Bought) -> None:
        self.bill = bill
        self.open: list[LlmTagger] = []

    def connect(self, **changes: object) -> None:
        """The flow tags with this model from now on; changes: settings."""
        environment = {
            **self.bill.server.environment("openai", tags=True),
            "TAG_WAIT": 0,
        }
        for name, value in {**environment, **changes}.items():
            self.bill.patch.setenv(name, str(value))
        get_settings.cache_clear()
        self.open.append(llm_tagger(get_settings(), load_vocabulary(get_settings())))
        self.bill.flow.drive.tagger = self.open[-1]

    def planned(self, *where: str, everything: bool = False, channel: str | None = None) -> KeyedPlan:
        """The dry-run."""
        with transaction() as session:
            choice = choose(session, channel, None, where)
            tags = Tags(session, self.bill.flow.drive.tagger, choice, everything=everything)
            return KeyedPlan(**vars(tags.plan()), keys=tags.keys())

    @property
    def calls(self) -> int:
        """Questions about posts that reached the server."""
        return len([call for call in self.bill.server.ledger.calls("chat") if call.purpose == "tags"])


@pytest.fixture
def tagging(bill: Bought) -> Iterator[Tagging]:
    """Three posts, one with a picture, tagged by a paid model."""
    made = Tagging(bill)
    made.connect()
    bill.flow.post(*(message(n, f"Bridges over the river, chapter {n}") for n in (1, 2)), message(3, "Boats", photo()))
    bill.flow.run()
    yield made
    for tagger in made.open:
        tagger.close()


def test_a_new_tagger_tags_again_what_the_old_one_did(tagging: Tagging, tmp_path: Path) -> None:
    assert tagging.planned().publications == 0
    words = tmp_path / "tags.txt"
    words.write_text("river\nboats\n")
    for changes in ({"TAGGER_MAX_TOKENS": 300}, {"TAG_VOCABULARY": words}):
        tagging.connect(**changes)
        calls, spent = tagging.calls, tagging.bill.spent()
        plan = tagging.planned()
        assert (plan.publications, plan.changed) == (3, 3)
        assert plan.price is not None
        assert (plan.price.questions, plan.price.sampled) == (3, None)
        assert tagged_again(plan) == 3
        assert (tagging.planned().publications, tagging.planned().standing.open) == (0, 3)
        tagging.bill.flow.drive.settle()
        assert tagging.calls == calls + 3
        assert 0 < tagging.bill.spent() - spent <= plan.tokens
        assert lineage(1)[-1][:3] == ("manual", "asked", True)
        again = tagging.planned()
        assert (again.publications, again.tokens) == (0, 0)
        tagging.bill.later()
        assert tagging.calls == calls + 3
    assert enrichment(1, "tags")["vocabulary"]  # type: ignore[index]


def test_all_asks_the_model_nothing_where_nothing_changed(tagging: Tagging) -> None:
    calls = tagging.calls
    plan = tagging.planned(everything=True)
    assert (plan.publications, plan.changed, plan.tokens) == (3, 0, 0)
    assert tagged_again(plan) == 3
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls
    assert lineage(1)[-1][:3] == ("manual", "same_input", False)


def test_retag_takes_the_same_limits(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    assert tagging.planned("kind=photo").publications == 1
    assert tagging.planned("tag=bridges").publications == 2
    assert tagging.planned("tag=bridges", "kind=photo").publications == 0
    assert tagging.planned(channel="@news").publications == 3


def test_retag_is_stopped_and_resumed_and_a_reading_that_came_keeps_its_tags(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    tagged_again(tagging.planned())
    read = one("SELECT publication_id FROM posts WHERE telegram_message_id = 3")
    change(
        'UPDATE post_enrichment SET metadata = metadata || \'{"features_hash": "of another reading"}\''
        " WHERE kind = 'vision'"
    )
    assert stopped(Step.TAG) == 2
    assert rows("SELECT subject_id, asked FROM work WHERE step = 'tag' AND state = 'due'") == [(read, None)]
    calls = tagging.calls
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls + 1
    plan = tagging.planned()
    assert plan.publications == 2
    tagged_again(plan)
    tagging.bill.flow.drive.settle()
    assert tagging.calls == calls + 3


def test_a_refusal_is_asked_for_once(tagging: Tagging) -> None:
    tagging.connect(TAGGER_MAX_TOKENS=300)
    tagging.bill.server.faults.add(Fault("blocked", times=0))
    tagged_again(tagging.planned())
    tagging.bill.flow.drive.settle()
    plan = tagging.planned()
    assert (plan.publications, plan.standing.left) == (0, 3)


def test_a_re_reading_tells_what_its_tags_may_cost(tagging: Tagging) -> None:
    tagging.bill.connect("openai", **NEW)
    plan = planned(tagging.bill)
    assert plan.tags is not None
    assert plan.tags.most >= tagging.open[-1].estimate_repair()
    assert plan.tokens == plan.prices[0].most + plan.tags.most


def test_many_are_priced_by_a_sample_and_the_most_stays_a_bound(
    tagging: Tagging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tags_module, "SAMPLE", 4)  # of 13, as 200 of 650
    words = " ".join(f"chapter{n}" for n in range(300))
    tagging.bill.flow.post(*(message(n, words if n == 105 else f"Chapter {n}") for n in range(100, 110)))
    tagging.bill.flow.run()
    change("UPDATE token_ledger SET model = 'another'")  # nothing is known of this one
    tagging.connect(TAGGER_MAX_TOKENS=300)
    plan = tagging.planned()
    assert plan.price is not None
    assert plan.changed == 13
    assert plan.price.sampled == 4
    spent = tagging.bill.spent()
    tagged_again(plan)
    tagging.bill.flow.drive.settle()
    assert 0 < tagging.bill.spent() - spent <= plan.price.most
