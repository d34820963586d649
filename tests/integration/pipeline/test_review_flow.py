"""Review: what the flow shows."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from app.adapters.llm.openai import OpenAIModel
from app.db import transaction
from app.domain.kinds import Step
from app.errors import Transient
from app.events.retention import drop_old
from app.pipeline import work
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.verifying import told, wrong
from tests.integration.pipeline.worlds import Flow, change, message, one, photo, rows


def test_an_answer_that_we_stumble_over_is_not_paid_again_and_again(
    bill: Bought, monkeypatch: pytest.MonkeyPatch
) -> None:
    nested: Any = json.loads("[" * 600 + "]" * 600)  # valid JSON, read without complaint
    real = OpenAIModel.complete

    async def complete(self: OpenAIModel, question: Any) -> Any:
        done = await real(self, question)
        return dataclasses.replace(done, body={**done.body, "timings": nested})

    monkeypatch.setattr(OpenAIModel, "complete", complete)
    bill.photos(1)
    for _ in range(5):
        bill.later()
    told = rows("SELECT outcome, settled, error FROM token_ledger ORDER BY id")
    assert (bill.chats, bill.spent() > 0) == (1, True), told


def test_what_was_told_and_dropped_is_no_fault_when_its_step_is_done_again(flow: Flow) -> None:
    flow.watch()
    flow.post(message(1, "A lion", photo("lion")))
    flow.run()
    # All of it was 92 days ago.
    change("UPDATE outbox_events SET published_at = now() - interval '91 d', created_at = now() - interval '92 d'")
    change("UPDATE work SET updated_at = now() - interval '92 d'")
    change("UPDATE tag_changes SET at = now() - interval '92 d'")
    drop_old(90)
    change("UPDATE outbox_dropped SET decided_at = decided_at - interval '61 min'")
    drop_old(90)
    assert one("SELECT count(*) FROM outbox_events") == 0
    flow.post(message(2, "News of today"))  # the outbox tells from here on
    flow.run()
    change("UPDATE outbox_events SET published_at = now()")
    assert wrong(flow) == {}
    [(publication, revision)] = rows("SELECT id, revision FROM publications ORDER BY id LIMIT 1")
    with transaction() as session:  # as `verify --repair` does for a file that was lost
        work.rearm(session, Step.PERSIST, [(publication, revision)], hint=0.0)
    flow.drive.settle()
    before = wrong(flow)
    told(flow, repair=True)
    after = wrong(flow)
    assert {"found": before, "found again after --repair": after} == {"found": {}, "found again after --repair": {}}, (before, after)


def test_a_post_whose_tagging_died_is_found_by_its_words(flow: Flow) -> None:
    """docs/guarantees.md: exhausted work is dead, and its publication goes on with what it has."""
    flow.tagger.failures = [Transient("the tagger stumbles", 0.0) for _ in range(20)]
    flow.watch()
    flow.post(message(1, "The ferry sails again"))
    flow.run()
    assert rows("SELECT state FROM work WHERE step = 'tag'") == [("dead",)]
    assert one("SELECT count(*) FROM search_documents") == 1
