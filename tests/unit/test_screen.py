"""The screen of `status`: it fits, says first what needs a look, and how much more there is."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from app.cli.screen import screen
from app.domain.kinds import Step
from app.status.channels import ChannelStatus
from app.status.fill_progress import FillProgress
from app.status.overview import ProcessStatus, Status
from app.status.problems import Problem
from app.status.providers import ProviderStatus
from app.status.services import ServiceStatus
from app.status.stages import StageStatus

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SIZES = [(80, 24), (100, 30), (120, 40)]


def channel(number: int, fresh: float | None, *, stale: bool = False, error: str | None = None) -> ChannelStatus:
    return ChannelStatus(
        f"@channel_{number}", f"Title {number}", number, None, True, 1000, 0, fresh, fresh, error, stale
    )


SERVICES = [
    ServiceStatus("PostgreSQL", "127.0.0.1:5433/media_audit", True, "17.2"),
    ServiceStatus("Valkey", "127.0.0.1:6380/0", False),
]
WORKERS = [ProcessStatus(f"{name}@host", 1, name, 3.0, True) for name in ("telegram", "media", "llm", "default")]
BUSY = Status(
    at=NOW,
    channels=[
        *(channel(number, 10.0 * number) for number in range(1, 61)),
        channel(90, 4000.0, stale=True, error="[b]the channel\x1b is private[/b] " + "and so on " * 30),
        channel(91, None, stale=True),
    ],
    stages={step: StageStatus(due=9, leased=1, dead=step is Step.TAG, oldest=5.0) for step in Step},
    processes=[
        replace(WORKERS[0], hangs="2 of 24 threads beyond their time"),
        *WORKERS[1:],
        ProcessStatus("media@far", 2, "media", 400.0, False),
    ],
    unsent_events=7,
    providers=[ProviderStatus("gigachat", 200_000, 250_000, 900_000, None, 1, 3)],
    troubles=[Problem(f"trouble {number} " + "of many words " * 20, 4) for number in range(9)],
    services=SERVICES,
)
EMPTY = Status(NOW, [], {}, [], 0, services=SERVICES)


def shown(now: Status, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), highlight=False)
    console.print(screen(now, width, height))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "\x1b" not in text
    return text.splitlines()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("now", [BUSY, EMPTY], ids=["busy", "empty"])
def test_it_fits(now: Status, width: int, height: int) -> None:
    lines = shown(now, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_needs_a_look_comes_first_and_nothing_is_left_out_in_silence(width: int, height: int) -> None:
    lines = shown(BUSY, width, height)
    text = "\n".join(lines)
    assert lines[0].startswith("✗ trouble 0")
    listed = [line.split()[0] for line in lines if line.startswith("@channel")]
    assert listed[:2] == ["@channel_91", "@channel_90"] or listed[:2] == ["@channel_90", "@channel_91"]
    assert f"and {62 - len(listed)} more, all fresher" in text
    assert text.count("stale") == 3, "the head counts, two channels"
    assert "62 channels, 2 stale" in text
    steps = [line for line in lines if line.split()[0] in set(Step)]
    assert any(line.startswith("tag ") for line in steps), "what is dead is shown however little room there is"
    assert len(steps) == len(Step) or f"and {len(Step) - len(steps)} more steps" in text
    assert "telegram@host hangs, media@far silent" in text
    assert "Valkey 127.0.0.1:6380/0 does not answer" in text.replace("\n", " ").replace("  ", " ")
    assert "gigachat 200,000 of 250,000 tokens today" in text


def test_an_empty_home_says_what_to_do() -> None:
    text = "\n".join(shown(EMPTY, 80, 24))
    assert "media-audit channels add" in text
    assert "media-audit up" in text


def test_a_process_in_trouble_is_one_that_nobody_replaced() -> None:
    silent = ProcessStatus("media@far", 2, "media", 400.0, False)
    assert silent.trouble
    assert replace(silent, ended=True).trouble is None
    assert replace(silent, replaced=True).trouble is None
    assert "hangs: its child" in str(replace(WORKERS[0], hangs="its child").trouble)


def test_the_counting_of_older_documents_shows_until_it_ends() -> None:
    half = replace(EMPTY, words=FillProgress(600, 1200))
    assert "words  50% of older documents counted  behind live posts" in shown(half, 100, 30)
    third = replace(EMPTY, gallery=FillProgress(400, 1200))
    assert "gallery  33% of older posts shown  behind live posts" in shown(third, 100, 30)
    assert not [line for line in shown(EMPTY, 100, 30) if line.startswith(("words", "gallery", "trends"))]
    trends = replace(EMPTY, trends=FillProgress(300, 1200), without_forwards=10_001)
    assert "trends  25% of older documents counted  behind live posts" in shown(trends, 100, 30)
    assert "forwards  more than 10,000 older posts to fill  behind live posts" in shown(trends, 100, 30)
