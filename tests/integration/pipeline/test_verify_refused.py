"""`verify --telegram` beside refusals: what concerns one channel, and what concerns the account."""

from __future__ import annotations

import pytest

from app.demo.telegram import Faults, Refusal, Strange
from tests.factories.messages import texts
from tests.factories.worlds import CITY, NEWS
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals import refuse
from tests.integration.pipeline.verifying import told

BY_ID = ("channels.getMessages",)
DELETED = "SELECT channel_id, telegram_message_id FROM posts WHERE deleted_at IS NOT NULL ORDER BY 1, 2"


@pytest.fixture
def two(flow: Flow) -> Flow:
    """@news and @city, read, with the posts 1 to 150 each."""
    flow.post(*texts(range(1, 151)))
    flow.post(*texts(range(1, 151)), channel=CITY)
    return flow.watch("@news", "@city")


@pytest.mark.parametrize(
    ("name", "code"),
    [("CHAT_FORBIDDEN", 403), ("SOMETHING_NEW", 406), ("CHANNEL_INVALID", 400), ("INTERNAL", 500)],
)
def test_what_concerns_one_channel_leaves_the_others_checked(two: Flow, name: str, code: int) -> None:
    two.delete(7, channel=CITY)
    refuse(two, Refusal(name, code, BY_ID, NEWS))
    found = told(two, telegram=True, repair=True)["telegram"]
    assert (found.checked, found.repaired, found.ok) == (150, 1, False)
    assert str(found.error).startswith("@news not checked from @news/1 on: ")
    assert "@city" not in str(found.error)
    assert rows(DELETED) == [(2, 7)]


@pytest.mark.parametrize(("name", "code"), [("FROZEN_METHOD_INVALID", 420), ("SOMETHING_NEW", 420)])
def test_what_concerns_the_account_leaves_the_rest_unasked(two: Flow, name: str, code: int) -> None:
    refuse(two, Refusal(name, code, BY_ID, NEWS))
    found = told(two, telegram=True)["telegram"]
    assert found.checked == 0
    first, rest = str(found.error).split("; not asked: ")
    assert first.startswith("@news not checked from @news/1 on: Telegram refuses the account")
    assert rest.startswith("@city: Telegram refuses the account")


def test_a_refused_second_look_leaves_the_pages_checked(two: Flow) -> None:
    two.delete(1, 2, 120)
    two.delete(7, channel=CITY)
    refuse(two, Refusal("SOMETHING_NEW", 400, ("channels.getFullChannel",), NEWS))
    found = told(two, telegram=True, repair=True)["telegram"]
    assert (found.checked, found.repaired) == (300, 2)
    assert str(found.error).startswith("@news: whether posts were deleted cannot be told")
    assert rows(DELETED) == [(1, 120), (2, 7)]


def test_a_channel_whose_newest_messages_cannot_be_read_stops_no_other(two: Flow) -> None:
    """The second look finds no readable message: that says nothing about other channels."""
    two.delete(1)
    two.delete(7, channel=CITY)
    strange = (Strange(NEWS, id_, "unknown") for id_ in range(2, 151))
    two.server.faults = Faults(strange=tuple(strange))
    found = told(two, telegram=True, repair=True)["telegram"]
    assert found.checked == 300
    assert "@city" not in str(found.error)
    assert (2, 7) in rows(DELETED)
