"""`verify --telegram`, and the command as an operator runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app import wiring
from app.cli import main
from app.demo.telegram import Faults, LoopbackTelegram, Rule
from app.pipeline.engine.sweep import sweep
from tests.drive import open_work
from tests.factories.messages import album, message, texts
from tests.factories.worlds import assorted
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import place, told, wrong

Command = Callable[..., Any]


@pytest.fixture
def command(flow: Flow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`media-audit verify` in this process: (exit code, what it printed)."""
    monkeypatch.setenv("EMBEDDER", "none")

    def run(*argv: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main.main(["verify", *argv])
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def forget(message_id: int) -> None:
    """A post and all that came of it vanish from the database, as in a restore of an older copy."""
    publication = one("SELECT publication_id FROM posts WHERE telegram_message_id = :id", id=message_id)
    for statement in (
        "UPDATE publications SET lead_post_id = NULL WHERE id = :p",
        "DELETE FROM post_enrichment WHERE post_id IN (SELECT id FROM posts WHERE publication_id = :p)",
        "DELETE FROM tag_changes WHERE publication_id = :p",
        "DELETE FROM search_documents WHERE publication_id = :p",
        "DELETE FROM media_groups WHERE publication_id = :p",
        "DELETE FROM work WHERE step IN ('collect', 'persist', 'merge', 'tag', 'index') AND subject_id = :p",
        "DELETE FROM post_media WHERE post_id IN (SELECT id FROM posts WHERE publication_id = :p)",
        "DELETE FROM posts WHERE publication_id = :p",
        "DELETE FROM publications WHERE id = :p",
    ):
        change(statement, p=publication)


def test_gaps_are_found_by_id_and_closed(flow: Flow) -> None:
    flow.post(*assorted())
    flow.post(*texts(range(20, 141)))
    flow.watch()
    assert wrong(flow, telegram=True) == {}
    assert told(flow, telegram=True)["telegram"].checked == 140
    forget(2)
    forget(6)
    flow.delete(30)  # below the edit window: no poll looks there any more
    change("UPDATE posts SET deleted_at = now() WHERE telegram_message_id = 50")
    assert "@news: 16" in "".join(told(flow)["posts"].notes), "without Telegram only holes can be counted"
    found = told(flow, telegram=True)["telegram"]
    assert (found.ok, found.wrong, found.repaired) == (False, 6, 0)
    assert found.examples[:2] == [f"@news/{i}: Telegram has it, and it is not kept" for i in (2, 5)]
    assert one("SELECT count(*) FROM posts WHERE telegram_message_id IN (2, 5, 6, 7)") == 0
    mended = told(flow, telegram=True, repair=True)
    assert (mended["telegram"].ok, mended["telegram"].repaired) == (True, 6)
    flow.drive.settle()
    assert wrong(flow, telegram=True) == {}
    assert one("SELECT deleted_at IS NOT NULL FROM posts WHERE telegram_message_id = 30")
    assert one("SELECT deleted_at IS NULL FROM posts WHERE telegram_message_id = 50")
    assert rows("SELECT items_count FROM media_groups") == [(3,)]
    assert one("SELECT count(*) FROM search_documents WHERE ocr = 'words on a sign'") == 2


def test_what_was_never_read_is_no_gap(flow: Flow) -> None:
    flow.post(*texts(range(1, 121)))
    flow.watch()
    change("UPDATE channels SET backfill_cursor = 100, cursor = 110")
    change("DELETE FROM work WHERE step IN ('persist', 'tag', 'index')")
    for id_ in (50, 115, 105):
        change("UPDATE posts SET telegram_message_id = -telegram_message_id WHERE telegram_message_id = :id", id=id_)
    found = told(flow, telegram=True)["telegram"]
    assert (found.checked, found.examples) == (11, ["@news/105: Telegram has it, and it is not kept"])


def test_a_flood_wait_is_waited_for(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(*texts(range(1, 5)))
    flow.watch()
    server.faults = Faults(flood=Rule(first=1, methods=("channels.getMessages",)), flood_seconds=1)
    found = told(flow, telegram=True)["telegram"]
    assert (found.ok, found.checked) == (True, 4)


def test_the_command_says_what_is_wrong_and_mends_it(flow: Flow, command: Command) -> None:
    flow.post(*assorted())
    flow.watch()
    change("UPDATE outbox_events SET published_at = created_at")
    code, said = command()
    assert code == 0, said
    assert "✓ files 5 checked" in said
    change("UPDATE media_groups SET items_count = 9")
    name = one("SELECT min(sha256) FROM media_files")
    place(name).unlink()
    code, said = command()
    assert code == 1
    assert "✗ albums 5 checked, 1 wrong" in said
    assert "@news/5: items_count is 9, not 3" in said
    assert "media-audit verify --repair" in said
    code, said = command("--json")
    found = {check["name"]: check for check in json.loads(said)}
    assert code == 1
    assert found["albums"] == {
        "name": "albums",
        "ok": False,
        "checked": 5,
        "wrong": 1,
        "examples": ["@news/5: items_count is 9, not 3"],
        "repaired": 0,
        "remedy": "media-audit verify --repair, then media-audit run (workers that run do it by themselves)",
        "notes": [],
        "error": None,
    }
    code, said = command("--repair")
    assert code == 0, said
    assert "1 mended or made due" in said
    flow.drive.settle()
    code, said = command("--fast")
    assert code == 0, said
    assert "sizes only" in said


def test_a_repair_that_leaves_something_ends_with_one(flow: Flow, command: Command) -> None:
    flow.post(message(1, "Alone"))
    flow.watch()
    change("UPDATE outbox_events SET created_at = created_at - interval '1 hour' WHERE routing_key = 'posts.tagged'")
    code, said = command("--repair")
    assert code == 1
    assert "✗ relay" in said
    assert "cannot be repaired: the relay sends it" in said


def test_while_another_process_owns_the_account_the_rest_is_checked(flow: Flow, command: Command) -> None:
    flow.post(*album([1, 2], 7))
    flow.watch()
    code, said = command("--telegram")
    assert code == 1
    assert "not asked: @news" in said, "an access hash is worth nothing to another account"
    change("UPDATE channels SET account = :account", account=wiring.account())
    code, said = command("--telegram")
    assert code == 1
    assert "another process is connected with this Telegram account" in " ".join(said.split())
    assert "media-audit down" in said
    assert "✓ files 2 checked" in said
    assert not wiring.telegram.exists, "the account is given back"


def test_work_under_way_is_no_fault(flow: Flow) -> None:
    """Between any two steps of the flow: verify finds nothing wrong."""
    flow.post(*assorted())
    flow.drive.watch("@news")
    looks = 0

    def look(waiting: Any) -> Any:
        nonlocal looks
        looks += 1
        found = wrong(flow)
        assert found == {}, found
        return waiting.popleft()

    flow.drive.poll(look)
    while open_work():
        flow.drive.follow(sweep(), look)
    assert looks > 10
