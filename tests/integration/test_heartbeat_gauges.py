"""Who lives and who hangs, as Prometheus gets it from the rows of heartbeats."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.db import transaction
from app.observe import heartbeats
from app.settings import Settings

ROWS = """
INSERT INTO worker_heartbeats (worker, pid, queues, seen_at, hangs, ended_at) VALUES
  ('media@killed-container', 1, 'media', now() - interval '5 hours', NULL, NULL),
  ('media@a', 2, 'media', now() - interval '7 seconds', '1 of 2 children beyond its time', NULL),
  ('relay@a', 3, 'outbox', now() - interval '300 seconds', NULL, NULL),
  ('consumer@a', 4, 'retag', now() - interval '300 seconds', NULL, now() - interval '290 seconds'),
  ('night-shift@b', 5, 'default', now(), NULL, NULL)
"""


def test_silence_and_hanging_by_kind_of_process(settings: Settings) -> None:
    """A row that a killed container left is no reason to call anybody while another of its kind lives; who ended in
    good order is not missed; a name of somebody's own makes no series of its own."""
    with transaction() as session:
        session.execute(text(ROWS))
        found = heartbeats.read(session)
    ages = found["process_heartbeat_age_seconds"]
    assert set(ages) == {("media",), ("relay",), ("other",)}
    assert ages["media",] == pytest.approx(7, abs=5)
    assert ages["relay",] == pytest.approx(300, abs=5)
    assert found["process_hanging"] == {("media",): 1.0, ("relay",): 0.0, ("other",): 0.0}
