"""Limits of a channel in odd forms, and albums whose items are let in one after the other."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.demo.telegram import LoopbackTelegram
from tests.factories.messages import START, message, photo, picture
from tests.integration.pipeline.database import albums, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_download import fetched
from tests.integration.pipeline.test_fetch_rules import Call, call, clip, status

__all__ = ["call"]


def test_items_of_an_album_come_one_after_the_other(flow: Flow, server: LoopbackTelegram, call: Call) -> None:
    """Each wider limit brings its file once, and `posts.parsed` tells the longer list."""
    small, film, large = photo("small"), clip(5_000), photo("large", data=picture("large") + bytes(50_000))
    items = enumerate((small, film, large), start=1)
    flow.post(*(message(i, "", file, grouped_id=9, date=START) for i, file in items), message(4, "Again", film))
    call("channels", "add", "@news", "--media", "photo,photo", "--max-size", "20 kb")
    flow.run()
    assert fetched(server, small, film, large) == {small.id: 1}
    assert albums() == [(9, "mixed", 3, "complete", [1, 2, 3])]
    assert status(call)["left_out"]["files"] == 3
    call("channels", "set", "@news", "--max-size", "none")
    flow.run()
    assert fetched(server, small, film, large) == {small.id: 1, large.id: 1}
    flow.post(message(4, "Another", photo("another")))
    flow.run()
    assert status(call)["left_out"]["files"] == 1, "an edit took the other one away"
    call("channels", "set", "@news", "--media", "ALL")
    flow.run()
    assert fetched(server, small, film, large) == {small.id: 1, large.id: 1, film.id: 1}
    assert status(call)["left_out"] == {"files": 0, "bytes": 0}
    told = "SELECT jsonb_array_length(payload->'media_sha256_list') FROM outbox_events" \
        " WHERE routing_key = 'posts.parsed' AND (payload->>'grouped_id')::int = 9 ORDER BY id"  # fmt: skip
    assert [count for (count,) in rows(told)] == [1, 2, 3]
    assert albums() == [(9, "mixed", 3, "complete", [1, 2, 3])]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--max-size", "-5"), "no size"),
        (("--max-size=-5MB",), "no size"),
        (("--max-size", "0MB"), "--media none"),
        (("--max-size", "1.5"), "no size"),
        (("--max-size", "9" * 30), "too large"),
        (("--media=",), "no kind"),
        (("--media", "all,photo"), "no kind"),
        (("--since", "-1"), "no day"),
        (("--since", "2024-01-01T00:00:00+03:00"), "no day"),
        (("--since", "2999-01-01"), "yet to come"),
        ((), "name a limit"),
    ],
)
def test_a_wrong_limit_changes_nothing(flow: Flow, call: Call, words: tuple[str, ...], says: str) -> None:
    call("channels", "add", "@news", "--media", "photo")
    done = CliRunner().invoke(cli, ("channels", "set", "@news", *words))
    assert (done.exit_code, says in done.output) == (2, True), done.output
    assert rows("SELECT fetch_kinds, fetch_max_bytes, fetch_since FROM channels") == [(["photo"], None, None)]
