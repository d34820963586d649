"""A forgotten thing in what was told of it: exports, alerts and their notices, logs, metrics."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.daemons.metrics_server import application
from app.domain.alerts import Medium
from app.domain.kinds import Step
from app.observe.collector import Questions
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.deliver import Deliver, Delivery
from app.settings import get_settings
from tests.factories.alerts import CHAT, HOOK, Receiver, alert
from tests.factories.messages import message, now, photo, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.exporting import ask, contents, export, follow, place, posts
from tests.integration.pipeline.flow import Flow, elsewhere
from tests.integration.pipeline.forgetting import begun, forget, left
from tests.traces_left import in_files

WORD, SEEN, CITY_WORD = "квартозавр", "zylophone", "плезиозавр"


def test_no_export_has_a_forgotten_word_or_hash(flow: Flow) -> None:
    """A post, a file and a channel; exports made afterwards, and one whose first part had all of them."""
    own, shared, of_city = (photo(f"a hall {number}", f"{SEEN}{number}") for number in range(3))
    flow.post(message(1, "Зал один", shared), message(2, f"Зал, где {WORD}", own), message(3, "Зал три"))
    flow.post(message(1, f"Зал, где {CITY_WORD}", of_city), channel=CITY)
    flow.watch("@news", "@city")
    needles = (WORD, CITY_WORD, SEEN, "@city", "t.me/city", *map(sha256, (own, shared, of_city)))
    under_way = ask("зал")
    follow(under_way, portion=4, most=1)
    home = get_settings().home / "exports"
    assert {found.rpartition(": ")[2] for found in in_files(home, *needles)} > {WORD, CITY_WORD, sha256(shared)}
    for name in ("@news/2", sha256(shared), "@city"):
        begun(name)
    flow.drive.settle()
    after = export(flow, "зал")
    assert [one["text"] for one in posts(after)] == ["Зал три", "Зал один"]
    assert "Зал три" in [one["text"] for one in posts(place(under_way.id))]
    for directory in (place(under_way.id), after):
        assert not [path for path in contents(directory) if path.startswith("media/")]
    assert in_files(home, *needles) == []


def held_notices(flow: Flow) -> list[tuple[int, int]]:
    """An alert fires for the post, and no worker has told anyone; keys of the rows of work."""
    alert("квартозавр", webhooks=[HOOK], chats=[CHAT], feed=True)
    do = flow.drive.do
    flow.drive.do = lambda call: [] if call.step is Step.DELIVER else do(call)  # type: ignore[method-assign]
    flow.post(message(2, f"В музее {WORD}", photo("a hall", SEEN), date=now()))
    flow.drive.poll()
    flow.drive.do = do  # type: ignore[method-assign]
    return [(hit, address) for hit, address, *_ in work(Step.DELIVER)]


@pytest.mark.parametrize("medium", [Medium.WEBHOOK, Medium.TELEGRAM])
def test_a_notice_under_way_brings_nothing_back(
    medium: Medium, flow: Flow, log: list[MutableMapping[str, Any]]
) -> None:
    receiver = Receiver()
    flow.watch()
    keys = held_notices(flow)
    [address] = rows("SELECT id FROM alert_destinations WHERE medium = :medium", medium=medium.value)[0]
    deliver = Deliver(receiver.media())
    perform = deliver.perform

    def then(inputs: Sequence[Delivery]) -> Any:
        sent = perform(inputs)
        elsewhere(lambda: begun("@news/2"))
        return sent

    deliver.perform = then  # type: ignore[method-assign]
    assert run_external(deliver, [key for key in keys if key[1] == address]) == []
    assert len(receiver.told) == 1, "it had left"
    flow.drive.notifiers = receiver.media()
    flow.run()
    assert len(receiver.told) == 1, "the other address is told nothing more"
    assert one("SELECT count(*) FROM alert_hits") == one("SELECT count(*) FROM work WHERE step = 'deliver'") == 0
    assert left(WORD, SEEN) == [f"saved_searches.query: {WORD}"], "only the words of the user"
    assert [entry for entry in log if entry["log_level"] in ("error", "critical")] == []


def scraped() -> str:
    """The text of /metrics."""
    questions = Questions(get_settings())
    served = application(questions)({"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET"}, lambda *_: None)
    questions.close()
    return b"".join(served).decode()


def test_logs_and_metrics_have_no_word_and_no_hash(
    flow: Flow, counts: Path, log: list[MutableMapping[str, Any]]
) -> None:
    """Through a life of the post: read, edited, failed to be told, forgotten, met again."""
    picture = photo("a hall", SEEN)
    flow.drive.notifiers = Receiver().media()
    flow.watch()
    alert("музей")
    flow.post(message(2, f"В музее {WORD}", picture, date=now()))
    flow.tagger.failures = [ValueError("no answer")]  # type: ignore[list-item]
    flow.run()
    flow.post(message(2, f"В музее {WORD} и {CITY_WORD}", picture, date=now()))
    flow.run()
    forget(flow, "@news/2")
    flow.post(message(2, f"В музее опять {WORD}", picture, date=now()))
    flow.run()
    change("DELETE FROM alerts")
    said, exposed = " ".join(map(str, log)), scraped()
    assert "<Step.FORGET: 'forget'>" in said, "the log has lines"
    assert "media_processing_total" in exposed
    for needle in (WORD, CITY_WORD, SEEN, sha256(picture), sha256(picture)[:12]):
        assert needle not in said
        assert needle not in exposed
