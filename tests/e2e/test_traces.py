"""One trace from poll to index: in rows, events, messages, lines of the log, spans, and what `explain` tells of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.explain import explain
from app.errors import UserError
from tests.collector import Span
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo

TASKS = {
    "download": "download.download_media",
    "persist": "persist.persist_publication",
    "analyze": "analyze.analyze_media",
    "merge": "merge.merge_vision",
    "tag": "tag.tag_publication",
    "index": "index.index_publication",
}
LIVE = tuple(TASKS)
ALBUM = [2, 3, 4]


@pytest.fixture(scope="module")
def album(_running: Flow) -> TestChannel:
    """A channel whose one album came as news, and so by chords."""
    channel = _running.channel()
    channel.post(1, "Before it was watched")
    channel.watch()
    channel.album(ALBUM, 910, {2: "Ярмарка мастеров"}, age=20)
    channel.settle()
    return channel


@pytest.fixture(scope="module")
def trace(album: TestChannel) -> str:
    found = album.one("SELECT trace_id FROM publications WHERE channel_id = %s AND grouped_id IS NOT NULL")
    assert isinstance(found, str)
    return found


@pytest.fixture(scope="module")
def spans(album: TestChannel, trace: str) -> list[Span]:
    """All of its spans: each process sends its own as it finds time, so the last step may be told before the others."""
    wanted = {*LIVE, *(f"run/app.tasks.{task}" for task in TASKS.values())}
    files = album.flow.one("SELECT count(*) FROM work WHERE step = 'download' AND trace_id = %s", trace)

    def told() -> bool:
        spans = album.flow.collector.of(trace)
        names = Counter(span.name for span in spans)
        every_file = names["download"] >= files and names["run/app.tasks.analyze.analyze_media"] >= len(ALBUM)
        return wanted <= names.keys() and every_file and not _lost(spans)

    album.flow.until(told, "all spans of the trace")
    return album.flow.collector.of(trace)


def _lost(spans: list[Span]) -> list[Span]:
    """Spans whose parent is not there, but for the root."""
    ids = {span.id for span in spans}
    return [span for span in spans if span.parent not in ids and span.name != "publication"]


def test_a_collector_receives_one_whole_trace(spans: list[Span], album: TestChannel) -> None:
    """Every task of the two chords and of what follows, published and run, the statements in it, and each step."""
    names = Counter(span.name for span in spans)
    for step, task in TASKS.items():
        assert names[step] >= 1, step
        assert names[f"run/app.tasks.{task}"] >= 1, task
        assert names[f"apply_async/app.tasks.{task}"] >= 1, task
    # A poll between two of its messages gives the album a revision more, with a trace of its own.
    downloads = album.flow.one("SELECT count(*) FROM work WHERE step = 'download' AND trace_id = %s", spans[0].trace_id)
    assert names["download"] == downloads >= 1
    assert names["run/app.tasks.analyze.analyze_media"] >= len(ALBUM)
    assert {span.process.partition("@")[0] for span in spans} == {"telegram", "media", "default"}
    assert any(span.scope.endswith("sqlalchemy") and span.name.startswith("SELECT") for span in spans)


def test_it_hangs_together(spans: list[Span], trace: str, album: TestChannel) -> None:
    """From every span the way leads up to the root, and from the root to the task that found the album."""
    [root] = [span for span in spans if not span.parent]
    assert root.name == "publication"
    said = {name.removeprefix("media_audit."): value for name, value in root.attributes.items()}
    assert said.keys() >= {"publication", "revision", "channel", "album"}
    assert (said["channel"], said["album"]) == (album.id, 1)
    assert _lost(spans) == []
    [finder] = root.links
    finders = {"run/app.tasks.poll.poll_channel", "run/app.tasks.collect.collect_album"}
    collector = album.flow.collector
    album.flow.until(lambda: finders & {span.name for span in collector.of(finder)}, "the task that found it")
    parents = {span.id: span for span in spans}
    [merge] = [span for span in spans if span.name == "apply_async/app.tasks.merge.merge_vision"][:1]
    assert parents[merge.parent].name == "run/app.tasks.analyze.analyze_media", "the chord's last header sends its body"


def test_events_and_rows_tell_the_same_trace(album: TestChannel, trace: str) -> None:
    publication = album.one("SELECT id FROM publications WHERE trace_id <> '' AND channel_id = %s AND grouped_id > 0")
    events = album.flow.rows("SELECT DISTINCT trace_id FROM outbox_events WHERE publication_id = %s", publication)
    assert [event["trace_id"] for event in events] == [trace]
    rows = album.flow.rows("SELECT step, count(*) AS n FROM work WHERE trace_id = %s GROUP BY 1", trace)
    assert {row["step"] for row in rows} >= set(LIVE)
    untraced = album.flow.rows("SELECT DISTINCT step FROM work WHERE trace_id IS NULL")
    assert {row["step"] for row in untraced} <= {"poll", "backfill"}


def test_every_line_of_a_log_is_json_and_its_own_carry_the_trace(album: TestChannel, trace: str) -> None:
    lines = [(name, line) for name, line in _lines(album.flow) if line.get("trace_id") == trace]
    passed = {line["step"]: line for _, line in lines if line["event"] == "passed"}
    assert passed.keys() >= set(LIVE)
    assert {name for name, _ in lines} >= {"worker-telegram", "worker-media", "worker-default"}
    assert passed["tag"]["task"] == "tag.tag_publication"
    assert passed["tag"]["task_id"]


def test_history_keeps_its_traces_in_batches(album: TestChannel) -> None:
    """A message for many publications is a trace of its own; each step of one is in the publication's, with a link."""
    channel = album.flow.channel()
    for number in (1, 2, 3):
        channel.post(number, f"Снимок {number}", drawn_photo())
    channel.watch()
    traces = [row["trace_id"] for row in channel.rows("SELECT trace_id FROM publications WHERE channel_id = %s")]
    assert len(traces) == 3
    collector = channel.flow.collector
    wanted = {"publication", *LIVE}

    def told() -> bool:
        every_step = all(wanted <= {span.name for span in collector.of(one)} for one in traces)
        return every_step and not _lost(collector.of(traces[0]))

    channel.flow.until(told, "their spans")
    [step] = [span for span in collector.of(traces[0]) if span.name == "persist"]
    [batch] = step.links
    task = "run/app.tasks.persist.persist_publication"
    channel.flow.until(lambda: task in {span.name for span in collector.of(batch)}, "the batch's task")


def test_explain_resolves_a_trace(album: TestChannel, trace: str, flow: Flow) -> None:
    said = CliRunner().invoke(explain, ["--trace", trace], catch_exceptions=False).output
    assert f"trace {trace}" in said
    assert "Ярмарка мастеров" in said
    assert all(f"  {step} " in said for step in LIVE)
    story: dict[str, Any] = json.loads(CliRunner().invoke(explain, ["--trace", trace, "--json"]).output)
    assert (story["trace_id"], story["traced"]) == (trace, story["revision"])
    assert {event["trace_id"] for event in story["events"]} == {trace}
    assert {row["step"] for row in story["work"]} >= {"persist", "tag", "index"}
    assert all(row["created_at"] <= row["updated_at"] for row in story["work"])


def test_explain_tells_of_a_revision_that_is_no_longer(album: TestChannel, trace: str, flow: Flow) -> None:
    """Its rows and events do, though the publication has a newer trace."""
    album.post(5, "", drawn_photo(), grouped_id=910, age=5)
    album.settle()
    story = json.loads(CliRunner().invoke(explain, ["--trace", trace, "--json"]).output)
    assert story["traced"] < story["revision"]
    assert {row["revision"] for row in story["work"] if row["step"] == "tag"} == {story["traced"]}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("12", "32 hexadecimal digits"), ("f" * 32, "nothing is kept of trace"), ("ж" * 32, "is no trace")],
)
def test_explain_names_what_is_wrong_with_a_trace(flow: Flow, name: str, remedy: str) -> None:
    with pytest.raises(UserError, match=remedy):
        CliRunner().invoke(explain, ["--trace", name], catch_exceptions=False)


def _lines(flow: Flow) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in flow.home.glob("logs/*.log"):
        for line in path.read_text(errors="replace").splitlines():
            try:
                yield path.stem, json.loads(line)
            except ValueError:
                raise AssertionError(f"no JSON in {path.name}: {line}") from None
