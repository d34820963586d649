"""A media store that cannot be written to: work waits uncharged, says why, and goes on once it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import wiring
from app.cli.run import _code
from app.cli.status import status
from app.domain.kinds import Step
from app.settings import get_settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals_told import run_once

CLOSED = Path("/sys/kernel")  # where nobody may make a directory, not even root


@pytest.fixture
def store(flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The store of the pipeline, which can be closed: it is reached through a link."""
    way = tmp_path / "store"
    way.symlink_to(CLOSED)
    monkeypatch.setenv("MEDIA_URL", f"file://{way}")
    get_settings.cache_clear()
    wiring.store.forget()
    yield way
    wiring.store.forget()


def test_a_closed_store_is_named_and_costs_no_attempt(flow: Flow, store: Path, tmp_path: Path) -> None:
    flow.connect()
    flow.post(message(1, "A cat sits", photo("cat")), message(2, "Words alone"))
    flow.drive.watch("@news")
    flow.drive.poll()
    assert [row[2] for row in work(Step.DOWNLOAD)] == ["waiting"]
    assert one("SELECT attempts FROM work WHERE step = 'download'") == 0
    assert [row[2] for row in work(Step.INDEX)] == ["done", "done"], "words wait for no file"
    said = CliRunner().invoke(status).output
    assert "cannot write to the media store" in said.replace("\n", " ")
    store.unlink()
    store.symlink_to(tmp_path)
    change("UPDATE work SET next_attempt_at = now() WHERE step = 'download'")  # a minute passes
    flow.run()
    assert [row[2] for row in work(Step.DOWNLOAD)] == ["done"]
    assert len(work(Step.INDEX)) == 2
    assert "what is wrong" not in CliRunner().invoke(status).output


def test_a_store_that_cannot_be_written_to_ends_a_run_with_four(flow: Flow, store: Path, tmp_path: Path) -> None:
    """Also where its path is not even a directory. The words of the posts are found meanwhile."""
    (tmp_path / "file").write_text("no directory")
    flow.post(message(1, "A cat sits", photo("cat")), message(2, "A dog lies", photo("dog")))
    flow.drive.watch("@news")
    for closed in (CLOSED, tmp_path / "file"):
        store.unlink()
        store.symlink_to(closed)
        done = run_once(flow)
        assert (_code(done), done.open) == (4, "idle")
        files, away = done.problems
        assert files.startswith(f"2 albums or files wait: cannot write to the media store at {store}: ")
        assert away.startswith("the media store is away: ")
    assert one("SELECT count(*) FROM search_documents") == 2
    store.unlink()
    store.symlink_to(tmp_path)
    done = run_once(flow)
    assert (_code(done), done.problems) == (0, [])
    assert one("SELECT count(sha256) FROM post_media") == 2
