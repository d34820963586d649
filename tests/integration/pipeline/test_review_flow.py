"""Review: what the flow shows."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from app.adapters.llm.openai import OpenAIModel
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.worlds import rows


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
