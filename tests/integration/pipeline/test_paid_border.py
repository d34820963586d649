"""A failure before the request of a paid call: the row is tried again and is never unknown (UNANSWERED=hold)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import Fault
from app.domain.reading import RawAnswer
from app.ports import MediaInput
from tests.factories.decoders import LEAVES, first_child
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.paid import Bought, states

OUTCOMES = "SELECT outcome, settled > 0 FROM token_ledger ORDER BY id"


def test_a_decoder_that_leaves_before_its_file_is_tried_again(
    bill: Bought, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill.connect("openai", UNANSWERED="hold")
    first_child(monkeypatch, tmp_path, LEAVES)
    bill.photos(1)
    bill.later()
    assert states() == {"done": 1}
    assert rows(OUTCOMES) == [("free", False), ("free", False), ("answered", True)]
    assert bill.chats == 1


@pytest.mark.parametrize("operation", ["oauth", "upload"])
def test_an_upload_without_an_answer_is_tried_again(operation: str, bill: Bought) -> None:
    bill.connect("gigachat", UNANSWERED="hold", VISION_TIMEOUT="0.6")
    bill.server.faults.add(Fault("hang", operation=operation))
    bill.photos(1)
    bill.later()
    assert states() == {"done": 1}
    assert rows(OUTCOMES) == [("free", False), ("answered", True)]
    assert bill.chats == 1


def test_a_bug_of_ours_before_the_call_is_tried_again(bill: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    real, bugs = RemoteVision.ask, [KeyError("pages")]

    def stumbles(self: RemoteVision, given: MediaInput) -> RawAnswer:
        if bugs:
            raise bugs.pop()
        return real(self, given)

    monkeypatch.setattr(RemoteVision, "ask", stumbles)
    bill.connect("openai", UNANSWERED="hold")
    bill.photos(1)
    bill.later()
    assert states() == {"done": 1}
    assert rows(OUTCOMES) == [("free", False), ("answered", True)]
