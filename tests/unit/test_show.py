"""What a person reads of a run and of a search: the numbers in their places, and nothing that steers a terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from app.cli.search import show_hits
from app.cli.show import show_report
from app.domain.kinds import Step
from app.search.hits import Hit
from app.status.run_report import ChannelState, Paid, Report, Stage

NAMES = ("posts", "publications", "albums", "media_files", "analyzed", "tagged", "retagged", "indexed", "media_bytes")
ATTENTION = ("dead", "unknown", "left_out", "left_out_bytes", "unparsed", "damaged")
TITLE = "Town [/b] \x1b[2J[red]news"


def report(**changes: Any) -> Report:
    """A run that found nothing wrong: nine totals of 11, 22 and so on, of which it added 1, 2 and so on."""
    totals = {name: 11 * number for number, name in enumerate(NAMES, 1)} | dict.fromkeys(ATTENTION, 0)
    about: dict[str, Any] = {
        "totals": totals | changes.pop("totals", {}),
        "delta": {name: number for number, name in enumerate(NAMES, 1)} | changes.pop("delta", {}),
        "stages": {},
        "channels": [ChannelState("@town", "Town news", 1_200, 34, 5, None)],
        "skipped": {},
        "waiting": {},
        "errors": {},
        "seconds": 7.4,
        "idle": True,
    }
    return Report(**about | changes)


def shown(found: Report) -> list[str]:
    """The lines that are not empty."""
    console = Console(file=io.StringIO(), width=110)
    show_report(console, found)
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines() if line.strip()]


def cells(lines: list[str], first: str) -> list[str]:
    """The row of a table that begins so."""
    [line] = [line for line in lines if line.startswith(first)]
    return line.removeprefix(first).split()


def test_the_numbers_stand_in_their_places() -> None:
    lines = shown(report(delta={"albums": 0}))
    assert [line.split() for line in lines[:2]] == [["total", "new"], ["posts", "11", "+1"]]
    assert cells(lines, "publications ") == ["22", "+2"]
    assert cells(lines, "albums ") == ["33"], "nothing new"
    assert cells(lines, "media files ") == ["44", "+4"]
    assert cells(lines, "files read ") == ["55", "+5"]
    assert cells(lines, "tagged again ") == ["77", "+7"]
    assert cells(lines, "findable ") == ["88", "+8"]
    assert cells(lines, "bytes kept ") == ["99", "B", "+9", "B"]
    assert cells(lines, "@town ") == ["Town", "news", "1,200", "34", "5"]
    assert lines[-1] == "nothing is left to do after 7 s"
    assert not [line for line in lines if line.startswith(("where the time went", "paid in this run", "could not"))]


def test_a_title_from_telegram_is_words_and_nothing_else() -> None:
    """No markup of ours and no order to the terminal: any channel may have any title."""
    about = {"posts": 1, "publications": 2, "albums": 3}
    titled = ChannelState("@town", title=TITLE, error=None, **about)
    refused = ChannelState("@closed", title="Closed", error="refused: [private]", **about)
    lines = shown(report(channels=[titled, refused]))
    assert cells(lines, "@town ") == ["Town", "[/b]", "[2J[red]news", "1", "2", "3"]
    assert cells(lines, "@closed ") == ["refused:", "[private]", "1", "2", "3"]


def test_stages_come_slowest_first_and_only_where_time_was_spent() -> None:
    stages = {Step.TAG: Stage(1.0, 0.25), Step.ANALYZE: Stage(3.0, 0.75), Step.POLL: Stage(0.0, 0.0)}
    lines = shown(report(stages=stages))
    begin = lines.index("where the time went (seconds of all workers together)")
    assert [line.split()[:3] for line in lines[begin + 2 : begin + 5]] == [
        ["analyze", "3.0", "75%"],
        ["tag", "1.0", "25%"],
        ["poll", "0.0", "0%"],
    ]
    assert [line.endswith("slowest") for line in lines[begin + 2 : begin + 5]] == [True, False, False]
    assert "where the time went" not in str(shown(report(stages={Step.TAG: Stage(1.0, 1.0)})))


def test_what_was_paid_is_told() -> None:
    paid = Paid(vision=1_000, tags=200, vision_calls=3, tag_calls=2, repairs=1, unknown=1)
    lines = shown(report(paid=paid))
    assert cells(lines, "pictures ") == ["1,000", "3"]
    assert cells(lines, "tags ") == ["200", "2"]
    assert cells(lines, "together ") == ["1,200", "5"]
    assert cells(lines, "repairs, among them") == ["1"]
    assert cells(lines, "with an unknown end") == ["1"]
    plain = str(shown(report(paid=Paid(vision=1, vision_calls=1))))
    assert "together" in plain
    assert "repairs" not in plain
    assert "unknown" not in plain


def test_what_needs_a_person_is_told_with_its_remedy() -> None:
    lines = shown(
        report(
            totals={"dead": 2, "unknown": 1, "unparsed": 4, "damaged": 5, "left_out": 6, "left_out_bytes": 7},
            errors={"download: [gone]": 2},
            waiting={"vision is off": 3},
            problems=["@town could not be read: [private]"],
            idle=True,
        )
    )
    for line in (
        "could not be read",
        "@town could not be read: [private]",
        "2 dead: see `media-audit dead list`",
        "1 unknown: see `media-audit dead list --unknown`",
        "2 × download: [gone]",
        "3 waiting: vision is off",
        "messages that could not be read: 4; `media-audit explain` tells why",
        "damaged files, kept as they came: 5",
        "nothing more can be done now after 7 s",
    ):
        assert line in lines
    assert [line for line in lines if line.startswith("left out by choice: 6 files")]


def test_a_run_that_was_not_finished_says_what_is_left() -> None:
    assert shown(report(idle=False, open="tagging 4 posts"))[-1] == "not finished: tagging 4 posts after 7 s"


def hit(**changes: Any) -> Hit:
    """A publication that was found in its text."""
    about: dict[str, Any] = {
        "publication_id": 1,
        "post_id": 2,
        "message_id": 3,
        "channel": "Town news",
        "permalink": "https://t.me/town/3",
        "posted_at": datetime(2026, 5, 1, 9, 30, tzinfo=UTC),
        "deleted_at": None,
        "score": 0.1,
        "snippet": "the **old** harbour [red]here",
        "where": ("text",),
        "tags": ("harbour", "old [town]"),
        "places": {},
    }
    return Hit(**about | changes)


def listed(*hits: Hit) -> list[str]:
    """The lines that are not empty."""
    console = Console(file=io.StringIO(), width=110)
    show_hits(console, list(hits))
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_a_hit_has_its_place_time_words_and_tags() -> None:
    assert listed(hit()) == [
        "https://t.me/town/3  Town news, 2026-05-01 09:30",
        "the old harbour [red]here",
        "found in the text; tags: harbour, old [town]",
    ]
    gone = hit(deleted_at=datetime(2026, 5, 2, tzinfo=UTC), permalink=None, tags=(), where=("ocr", "tags", "meaning"))
    assert listed(gone)[::2] == [
        "Town news  Town news, 2026-05-01 09:30 deleted",
        "found inside a picture, in the tags; tags: none",
    ]
    assert listed(hit(where=("meaning",), posted_at=None))[::2] == [
        "https://t.me/town/3  Town news,",
        "found near in meaning; tags: harbour, old [town]",
    ]


def test_hits_come_in_their_order_and_nothing_is_told() -> None:
    assert [line for line in listed(hit(channel="A"), hit(channel="B")) if line.startswith("https")] == [
        "https://t.me/town/3  A, 2026-05-01 09:30",
        "https://t.me/town/3  B, 2026-05-01 09:30",
    ]
    assert listed() == ["nothing found"]


def test_words_from_telegram_cannot_steer_the_terminal() -> None:
    hostile = hit(channel=TITLE, tags=("a[/]", "b"))
    assert "\x1b" not in "".join(listed(hostile))
