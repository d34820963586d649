"""Alerts: which posts they fire for, once each, and what becomes of each delivery."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.alerts import acts, lists
from app.alerts import saved as searches
from app.alerts.resend import resend
from app.db import transaction
from app.domain.alerts import Medium, Reason
from app.domain.flow import Call
from app.domain.kinds import Step
from app.errors import Gone, Permanent, Transient, Unanswered, UserError
from app.verify.alerts import Deliveries
from app.verify.check import run
from tests.factories.alerts import CHAT, EDITOR, HOOK, Receiver, alert
from tests.factories.messages import message, now, photo
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def receiver(flow: Flow) -> Receiver:
    """A receiver of all notices, and @news watched with one post of before."""
    made = Receiver()
    flow.drive.notifiers = made.media()
    flow.post(message(1, "Паром отменён", date=now() - timedelta(hours=1)))
    flow.watch()
    return made


def post(flow: Flow, number: int, text: str, **rest: object) -> None:
    """A message of now appears, and everything follows from it."""
    flow.post(message(number, text, date=now(), **rest))  # type: ignore[arg-type]
    flow.run()


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """Reason and text of each notice."""
    return [(notice.reason, notice.text) for notice in receiver.notices]


# Which posts


def test_a_new_hit_is_told_once_with_its_place(flow: Flow, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    alert("паром -слух")
    post(flow, 2, "Паромы снова ходят", file=photo("ferry"))
    post(flow, 3, "Слух о пароме")
    post(flow, 4, "Трамвай")
    [(destination, notice)] = receiver.told
    assert (destination.medium, destination.address) == (Medium.WEBHOOK, HOOK)
    assert (notice.alert, notice.query, notice.reason) == ("alert", "паром -слух", Reason.NEW)
    assert notice.text == "Паромы снова ходят"
    assert notice.link.endswith("/2")
    assert notice.channel
    assert (len(notice.media), notice.page) == (1, "")
    assert notice.tags
    flow.run()
    assert len(receiver.told) == 1


def test_the_past_does_not_fire(flow: Flow, receiver: Receiver) -> None:
    """Neither posts of before the alert, read or indexed later, nor history of a channel that is added later."""
    alert("паром")
    post(
        flow,
        2,
        "Паром старше",
    )
    flow.post(message(3, "Ещё один паром", date=now() - timedelta(minutes=1)))  # read late, of before the alert
    flow.run()
    assert [notice.text for notice in receiver.notices] == ["Паром старше"]
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE step = 'index'")
    flow.drive.settle()
    change("UPDATE alerts SET since = now() - interval '1 day'")  # made yesterday, before @city was added
    flow.post(message(1, "Паром вчера", date=now() - timedelta(hours=2)), channel=CITY)
    flow.drive.watch("@city")
    flow.run()
    assert len(receiver.told) == 1


def test_a_reading_makes_a_hit(flow: Flow, receiver: Receiver) -> None:
    alert("in:ocr пристань")
    post(flow, 2, "Смотрите", file=photo("sign", "Пристань закрыта"))
    assert told(receiver) == [(Reason.NEW, "Смотрите")]


def test_an_edit_makes_a_hit_without_again(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    post(flow, 2, "Теплоход ушёл")
    assert receiver.told == []
    post(flow, 2, "Паром ушёл")
    post(flow, 2, "Паром ушёл и вернулся")
    assert told(receiver) == [(Reason.EDITED, "Паром ушёл")]


def test_again_tells_of_edits_and_of_better_readings_alone(flow: Flow, receiver: Receiver) -> None:
    alert("паром", again=True)
    post(flow, 2, "Паром ушёл", file=photo("ferry"))
    assert told(receiver) == [(Reason.NEW, "Паром ушёл")], "the first reading completes a new post"
    post(flow, 2, "Паром ушёл в срок", file=photo("ferry"))
    assert told(receiver)[1:] == [(Reason.EDITED, "Паром ушёл в срок")]
    flow.delete(2)
    flow.run()
    assert len(receiver.told) == 2, "a deletion changes nothing that the alert has told"
    ids = [notice.id for notice in receiver.notices]
    assert len(set(ids)) == 2


def test_again_tells_of_a_post_that_came_back(flow: Flow, receiver: Receiver) -> None:
    alert("паром", again=True)
    for text in ("Паром ушёл", "Трамвай ушёл", "Паром ушёл"):
        post(flow, 2, text)
    assert [reason for reason, _ in told(receiver)] == [Reason.NEW, Reason.EDITED]


def test_a_paused_alert_is_silent_and_goes_on_from_then(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    with transaction() as session:
        acts.pause(session, EDITOR, "alert")
    flow.post(message(2, "Паром в паузе", date=now() - timedelta(seconds=2)))
    flow.run()
    with transaction() as session:
        acts.resume(session, EDITOR, "alert")
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE step = 'index'")
    flow.drive.settle()
    post(flow, 3, "Паром после паузы")
    assert [notice.text for notice in receiver.notices] == ["Паром после паузы"]


def test_a_changed_search_counts_from_then_on(flow: Flow, receiver: Receiver) -> None:
    alert("трамвай")
    flow.post(message(2, "Паром до правки", date=now() - timedelta(seconds=2)))
    flow.run()
    with transaction() as session:
        searches.save(session, EDITOR, "alert", "паром")
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE step = 'index'")
    flow.drive.settle()
    post(flow, 3, "Паром после правки")
    assert [notice.text for notice in receiver.notices] == ["Паром после правки"]


def test_a_search_with_an_alert_cannot_be_forgotten(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    with transaction() as session, pytest.raises(UserError, match="alerts remove alert"):
        searches.remove(session, EDITOR, "alert")
    with transaction() as session:
        acts.remove(session, EDITOR, "alert")
        searches.remove(session, EDITOR, "alert")
    assert [entry for (entry,) in rows("SELECT act FROM audit_entries ORDER BY id")] == [
        "alert.add",
        "alert.remove",
        "search.remove",
    ]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("/[/", "regular expression"),
        ("search:gone", "no saved search"),
        ("channel:nowhere", "no watched channel"),
        ("near:abcdef12", "names no file"),
    ],
)
def test_a_bad_query_is_a_problem_of_its_alert_alone(flow: Flow, receiver: Receiver, query: str, problem: str) -> None:
    alert("паром", "good")
    alert("трамвай", "bad")
    change("UPDATE saved_searches SET query = :query WHERE name = 'bad'", query=query)
    post(flow, 2, "Паром и трамвай")
    assert [notice.alert for notice in receiver.notices] == ["good"]
    assert problem in one("SELECT problem FROM alerts WHERE name = 'bad'")
    assert work(Step.INDEX)[-1][2] == "done"
    change("UPDATE saved_searches SET query = 'трамвай' WHERE name = 'bad'")
    post(flow, 3, "Паром и трамвай опять")
    assert [notice.alert for notice in receiver.notices] == ["good", "good"], "it is asked again after a minute"
    change("UPDATE alerts SET problem_at = now() - interval '2 minutes' WHERE problem IS NOT NULL")
    post(flow, 4, "Паром и трамвай снова")
    assert [notice.alert for notice in receiver.notices[2:]] == ["bad", "good"] or [
        notice.alert for notice in receiver.notices[2:]
    ] == ["good", "bad"]
    assert one("SELECT problem FROM alerts WHERE name = 'bad'") is None


def test_a_query_that_takes_too_long_stops_no_indexing(flow: Flow, receiver: Receiver) -> None:
    alert("паром", "good")
    alert("трамвай", "slow")
    change("UPDATE saved_searches SET query = '/(a*)*(b*)*\\1\\2x/' WHERE name = 'slow'")
    post(flow, 2, "Паром " + "a" * 60 + "b" * 60)
    assert [notice.alert for notice in receiver.notices] == ["good"]


def test_without_an_alert_indexing_pays_one_statement_more(flow: Flow, receiver: Receiver) -> None:
    """What another process makes is known at once: there is no memory of alerts."""
    post(flow, 2, "Паром")
    assert receiver.told == []
    alert("паром")
    post(flow, 3, "Паром снова")
    assert len(receiver.told) == 1


# Once


def test_doubled_late_and_disordered_messages_tell_once(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    do = flow.drive.do

    def doubled(call: Call) -> list[object]:
        first = list(do(call))
        return [*reversed(first), *do(call)]

    flow.drive.do = doubled  # type: ignore[assignment,method-assign]
    for number in range(2, 8):
        flow.post(message(number, f"Паром {number}", date=now()))
    flow.drive.poll(lambda waiting: waiting.pop())
    flow.drive.settle()
    assert sorted(notice.text for notice in receiver.notices) == [f"Паром {number}" for number in range(2, 8)]


def test_the_sweeper_alone_delivers(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    do = flow.drive.do
    flow.drive.do = lambda call: [] if call.step is Step.DELIVER else do(call)  # type: ignore[method-assign]
    flow.post(message(2, "Паром", date=now()))
    flow.drive.poll()
    assert receiver.told == []
    flow.drive.do = do  # type: ignore[method-assign]
    flow.drive.settle()
    assert len(receiver.told) == 1


# Deliveries


def deliveries() -> list[lists.DeliveryShown]:
    with transaction() as session:
        page = lists.hits(session, lists.alert(session, "alert"))
    return [one for hit in page.hits for one in hit.deliveries]


def test_each_address_has_a_delivery_of_its_own(flow: Flow, receiver: Receiver) -> None:
    alert("паром", webhooks=[HOOK], chats=[CHAT], feed=True)
    receiver.failures = [Permanent("the receiver answered 400")]
    post(flow, 2, "Паром")
    assert sorted((one.medium, one.state, one.error) for one in deliveries()) == [
        ("telegram", "done", None),
        ("webhook", "dead", "the receiver answered 400"),
    ]


def test_a_failed_delivery_is_tried_again_with_the_same_id(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    receiver.failures, receiver.late = [Transient("503")], [Unanswered("no answer")]
    post(flow, 2, "Паром")
    assert [one.state for one in deliveries()] == ["done"]
    assert len({notice.id for notice in receiver.notices}) == 1
    assert len(receiver.notices) == 2, "it may have arrived: receivers of webhooks drop doubles"


def test_410_ends_the_address(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    receiver.failures = [Gone("the receiver answered 410")]
    post(flow, 2, "Паром")
    post(flow, 3, "Паром снова")
    assert receiver.told == []
    assert [(one.state, one.resendable) for one in deliveries()] == [("dead", False)]
    with transaction() as session:
        [address] = lists.alert(session, "alert").destinations
    assert address.ended_why == "the receiver answered 410"


def test_a_chat_is_not_told_twice_by_itself(flow: Flow, receiver: Receiver) -> None:
    alert("паром", chats=[CHAT])
    receiver.late = [Unanswered("no answer")]
    post(flow, 2, "Паром")
    flow.drive.settle()
    [delivery] = deliveries()
    assert (delivery.state, len(receiver.notices), delivery.resendable) == ("unknown", 1, True)
    again(flow)
    assert ([one.state for one in deliveries()], len(receiver.notices)) == (["done"], 2)


def test_a_worker_that_died_in_the_middle(flow: Flow, receiver: Receiver) -> None:
    """A webhook is sent again with its id; a chat is held as unknown."""
    alert("паром", webhooks=[HOOK], chats=[CHAT])
    receiver.late = [KeyboardInterrupt(), KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        post(flow, 2, "Паром")
    change("UPDATE work SET lease_until = now() WHERE state = 'leased'")
    with pytest.raises(KeyboardInterrupt):
        flow.drive.settle()
    change("UPDATE work SET lease_until = now() WHERE state = 'leased'")
    flow.drive.settle()
    assert sorted((one.medium, one.state) for one in deliveries()) == [("telegram", "unknown"), ("webhook", "done")]
    by_chat = [notice for to, notice in receiver.told if to.medium is Medium.TELEGRAM]
    by_hook = [notice for to, notice in receiver.told if to.medium is Medium.WEBHOOK]
    assert (len(by_chat), {notice.id for notice in by_hook}) == (1, {by_chat[0].id})


def again(flow: Flow) -> None:
    """A user resends the newest delivery."""
    hit, destination = rows("SELECT subject_id, revision FROM work WHERE step = 'deliver' ORDER BY id DESC LIMIT 1")[0]
    with transaction() as session:
        _, call = resend(session, EDITOR, hit, destination)
    flow.drive.follow([call])


def test_a_removed_alert_sends_nothing_more(flow: Flow, receiver: Receiver) -> None:
    alert("паром")
    do = flow.drive.do
    flow.drive.do = lambda call: [] if call.step is Step.DELIVER else do(call)  # type: ignore[method-assign]
    flow.post(message(2, "Паром", date=now()))
    flow.drive.poll()
    flow.drive.do = do  # type: ignore[method-assign]
    with transaction() as session:
        acts.remove(session, EDITOR, "alert")
    flow.drive.settle()
    assert receiver.told == []
    assert work(Step.DELIVER)[-1][2:] == ("skipped", "the alert was removed")


def test_no_secret_is_shown(flow: Flow, receiver: Receiver) -> None:
    alert("паром", webhooks=[f"{HOOK}/key-77"])
    post(flow, 2, "Паром")
    [(destination, notice)] = receiver.told
    assert destination.secrets[0].startswith("whsec_")
    with transaction() as session:
        said = f"{lists.alerts(session)} {destination} {notice} {rows('SELECT details FROM audit_entries')}"
    assert "whsec_" not in said
    assert "key-77" not in said


def test_verify_knows_hits_without_deliveries(flow: Flow, receiver: Receiver) -> None:
    alert("паром", webhooks=[HOOK], chats=[CHAT], feed=True)
    post(flow, 2, "Паром")
    assert run(Deliveries(), repair=False).wrong == 0
    change("DELETE FROM work WHERE step = 'deliver' AND revision = (SELECT min(id) FROM alert_destinations)")
    assert run(Deliveries(), repair=False).wrong == 1
    assert run(Deliveries(), repair=True).repaired == 1
    flow.drive.settle()
    assert [one.state for one in deliveries()] == ["done", "done"]
