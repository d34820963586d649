"""Forgetting a picture that others look like, or that lent them its reading; and a paid reading under way."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.db import transaction
from app.pipeline.posts import gallery
from app.pipeline.posts.look_alikes import fill
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.forgetting import begun, forget, left
from tests.integration.pipeline.paid import Bought, due_step
from tests.integration.pipeline.test_forget_late import forgotten_late, performed_then
from tests.integration.pipeline.test_near_duplicates import copy
from tests.integration.pipeline.verifying import wrong

SHOWN = (
    "SELECT p.telegram_message_id, c.sha256 FROM shown AS s JOIN post_media AS m ON m.id = s.media_id"
    " JOIN posts AS p ON p.id = m.post_id LEFT JOIN media_files AS c ON c.id = s.cluster_id ORDER BY 1"
)
MEDIUM = "SELECT p.publication_id, m.id FROM posts AS p JOIN post_media AS m ON m.post_id = p.id ORDER BY m.id"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
COPIES = (copy(), copy(quality=45, side=420), copy(quality=70, side=300))


def star(bill: Bought) -> None:
    """Three posts, whose pictures are a star around the first."""
    for number, data in enumerate(COPIES, 1):
        bill.flow.post(message(number, f"Post {number}", photo(data=data)))
        bill.flow.run()
    assert one("SELECT count(*) FROM look_alikes") == 2


def test_the_others_of_a_star_are_placed_anew(bill: Bought) -> None:
    star(bill)
    [(second,)] = rows("SELECT sha256 FROM media_files ORDER BY id OFFSET 1 LIMIT 1")
    forget(bill.flow, "@news/1")
    fill()
    assert rows(SHOWN) == [(2, second), (3, second)]
    assert wrong(bill.flow) == {}


def test_a_medium_shown_at_that_moment_does_not_keep_the_centre(bill: Bought) -> None:
    """A worker shows a copy and has not committed, while its centre is forgotten."""
    star(bill)
    [(second,)] = rows("SELECT sha256 FROM media_files ORDER BY id OFFSET 1 LIMIT 1")
    publication, medium = rows(MEDIUM)[-1]
    change("DELETE FROM shown WHERE media_id = :medium", medium=medium)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            gallery.show(session, [publication])
            forgetting = pool.submit(begun, "@news/1")
            while not (forgetting.done() or one(WAITS)):
                time.sleep(0.01)
        forgetting.result()
    bill.flow.drive.settle()
    fill()
    assert rows(SHOWN) == [(2, second), (3, second)]
    assert wrong(bill.flow) == {}


def test_who_borrowed_a_reading_is_read_itself(bill: Bought, log: list[MutableMapping[str, Any]]) -> None:
    bill.connect("openai", VISION_BORROW_BITS=8)
    star(bill)
    [(lender,)] = rows("SELECT sha256 FROM media_files ORDER BY id LIMIT 1")
    assert (bill.chats, one("SELECT count(*) FROM media_vision WHERE borrowed_from = :sha", sha=lender)) == (1, 2)
    forget(bill.flow, "@news/1")
    assert left(lender) == []
    assert rows("SELECT borrowed_from IS NULL FROM media_vision ORDER BY media_file_id") == [(True,), (False,)]
    assert bill.chats == 2, "one of them is paid for, and lends it to the other"
    assert lender[:12] not in str(log)
    assert wrong(bill.flow) == {}


def test_a_paid_answer_under_way_is_counted_and_not_kept(bill: Bought) -> None:
    step, key = due_step(bill)
    performed_then(step, key, lambda: begun("@news/1"))
    forgotten_late(bill.flow)
    assert bill.chats == 1
    assert bill.spent() == bill.server.ledger.tokens
    assert one("SELECT count(*) FROM raw_answers") == one("SELECT count(*) FROM media_vision") == 0
    assert wrong(bill.flow) == {}
