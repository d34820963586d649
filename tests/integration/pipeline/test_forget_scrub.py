"""After a scrub no file below the home has a word or hash of a forgotten post: pages, statistics, logs and broker."""

from __future__ import annotations

from app.db import transaction
from app.forget.scrub import scrub
from app.operations import channels
from app.settings import get_settings
from tests.factories.messages import message, photo, sha256
from tests.integration.pipeline.database import change
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.forgetting import forget
from tests.integration.pipeline.verifying import wrong
from tests.services import TestServices
from tests.traces_left import in_database, in_files

WORD, SEEN = "мюонопарусник", "xyloquartz"


def test_no_file_of_the_servers_has_a_forgotten_word(flow: Flow, services: TestServices) -> None:
    picture = photo("a hall", SEEN)
    flow.post(message(1, "Мост открыт."), message(2, f"В порту стоит {WORD}.", picture), message(3, "Завтра дождь."))
    flow.watch()
    needles = (WORD, SEEN, sha256(picture))
    change("ANALYZE")
    root = services.home
    assert in_files(root, *needles), "the server has written it"
    forget(flow, "@news/2")
    with transaction() as session:
        channels.backfill(session, again=True)
    flow.run()
    assert wrong(flow, repair=True, telegram=True) == {}
    flow.run()
    assert in_database(*needles) == []
    assert scrub(lambda line: None) == []
    assert in_files(root, *needles) == []
    assert in_files(get_settings().home, *needles) == []
