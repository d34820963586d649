"""The command `media-audit forget`: what it shows, asks, does, lifts and refuses."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli, main
from app.db import transaction
from app.operations import channels
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.forgetting import left

WORD, SEEN = "квартозавр", "zylophone"
KEPT = (
    "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM media_files), (SELECT count(*) FROM tombstones),"
    " (SELECT count(*) FROM audit_entries), (SELECT count(*) FROM work)"
)


def run(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ("forget", *arguments), input=answer)


def again(flow: Flow) -> None:
    """The whole history is read once more."""
    with transaction() as session:
        channels.backfill(session, again=True)
    flow.run()


def test_it_shows_asks_forgets_and_lifts(flow: Flow) -> None:
    flow.post(message(1, "Мост открыт"), message(2, f"В музее {WORD}", photo("a hall", SEEN)))
    flow.watch()
    before = rows(KEPT)
    for arguments, answer, code in (
        (("@news/2", "--dry-run"), "", 0),
        (("@news/2", "--dry-run", "--yes"), "", 0),
        (("@news/2",), "n\n", 1),
        (("@news/2",), "", 1),  # no one is there to answer
    ):
        shown = run(*arguments, answer=answer)
        assert (shown.exit_code, "goes: 1 posts" in shown.output) == (code, True), shown.output
        assert ("Forget it?" in shown.stderr) == (code == 1)
    plan = json.loads(run("@news/2", "--dry-run", "--json").stdout)
    assert (plan["posts"], plan["files"], plan["what"]["label"]) == (1, 1, "@news/2")
    assert rows(KEPT) == before, "nothing changed"

    done = run("@news/2", "--yes", "--why", "asked for by the person in it", "--json")
    told = json.loads(done.stdout)
    assert (told["posts"], told["erased"], done.stderr) == (1, True, "")
    tombstone = told["tombstone"]
    assert rows("SELECT id, why FROM tombstones") == [(tombstone, "asked for by the person in it")]
    assert rows("SELECT act, via, target FROM audit_entries") == [("post.forget", "command", f"tombstone {tombstone}")]
    assert left(WORD, SEEN) == []
    again(flow)
    assert left(WORD, SEEN) == []

    assert run("--lift", "https://t.me/news/2").exit_code == 0
    assert one("SELECT count(*) FROM tombstones") == 0
    again(flow)
    assert rows("SELECT text FROM search_documents ORDER BY publication_id") == [("Мост открыт",), (f"В музее {WORD}",)]
    assert one("SELECT array_agg(act ORDER BY id) FROM audit_entries") == ["post.forget", "tombstone.lift"]


def test_it_forgets_after_a_yes(flow: Flow) -> None:
    flow.post(message(1, "Мост открыт"))
    flow.watch()
    done = run("news/1", answer="y\n")
    assert done.exit_code == 0
    assert "This cannot be undone. Forget it?" in done.stderr
    assert "forgotten: tombstone" in done.stdout
    assert one("SELECT count(*) FROM posts") == 0


REFUSED = (
    (("@news/77", "--yes"), "no post '@news/77' is kept: give its permalink"),
    (("news/77", "--yes"), "no post"),
    (("https://t.me/news/77", "--yes"), "no post"),
    (("t.me/news/77?single", "--yes"), "no post"),
    (("https://t.me/c/100/77", "--yes"), "see `media-audit channels list`"),
    (("@nowhere", "--yes"), "give a permalink, CHANNEL/MESSAGE, a whole sha256 or @name"),
    (("a" * 64, "--yes"), "`media-audit explain` names the files"),
    (("--lift", "@news/1"), "was not forgotten"),
    (("--lift", "@nowhere"), "was not forgotten"),
    ((), "name a POST, a FILE or a CHANNEL"),
)


def test_what_it_cannot_do_it_says(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    """A post that is not kept never means its channel."""
    flow.post(message(1, "Мост открыт"))
    flow.watch()
    before = rows(KEPT)
    for arguments, remedy in REFUSED:
        with pytest.raises(SystemExit) as ended:
            main(["forget", *arguments])
        said = " ".join(capsys.readouterr().err.split())
        assert (ended.value.code, remedy in said) == (2, True), said
    assert rows(KEPT) == before
