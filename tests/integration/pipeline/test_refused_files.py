"""Refusals that upload.getFile alone meets: the files wait, uncharged, and the channel's polls go on."""

from __future__ import annotations

import pytest

from app.demo.telegram import Refusal
from app.domain import refusals
from app.domain.kinds import Step
from tests.factories.messages import texts
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals import allow, patient, pictures, refuse

FILES = ("upload.getFile",)


@pytest.mark.parametrize(
    ("name", "code"), [("CHANNEL_PRIVATE", 400), ("CHAT_FORBIDDEN", 403), ("You may not see this.", 406)]
)
def test_a_refused_file_holds_back_no_other_and_no_poll(flow: Flow, name: str, code: int) -> None:
    first, second, third = pictures(3)
    assert first.file is not None
    flow.post(first, second, third)
    refuse(flow, Refusal(name, code, FILES, file=first.file.id))
    flow.watch()
    flow.post(*texts([7]))
    flow.run()
    assert [row[2] for row in work(Step.DOWNLOAD)] == ["waiting", "done", "done"]
    assert [row[2] for row in work(Step.POLL)] == ["done"]
    assert (one("SELECT count(*) FROM posts"), one("SELECT last_error FROM channels")) == (4, None)
    allow(flow)
    patient(flow)
    assert {row[2] for row in work(Step.DOWNLOAD)} == {"done"}
    assert {attempts for (attempts,) in rows("SELECT attempts FROM work WHERE step = 'download'")} == {1}


def test_files_of_a_closed_channel_are_not_asked_for_one_by_one(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "FIRST_PAUSE", 60.0)
    flow.post(*pictures(80))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, FILES))
    flow.watch()
    for _ in range(3):
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
        flow.run()
    assert 0 < flow.server.ledger.count(FILES[0]) <= 40
    assert {row[2] for row in work(Step.DOWNLOAD)} == {"waiting"}
    assert one("SELECT last_error FROM channels") is None
