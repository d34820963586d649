"""The commands over a real database, filled once by a real `run` against the loopback Telegram."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from app import wiring
from app.cli import main
from app.demo.channels.gallery import render
from app.demo.telegram import Faults, LoopbackProcess, Refusal
from app.demo.world import File, Post, World
from app.settings import get_settings, sqlalchemy_url
from tests.factories.messages import message
from tests.factories.settings import telegram_environment
from tests.factories.worlds import NEWS, channel
from tests.services import TestServices

START = datetime(2026, 5, 1, 9, tzinfo=UTC)
FIXED = {"POLL_INTERVAL": "30", "ALBUM_WAIT": "1", "SWEEP_INTERVAL": "1", "OMP_THREAD_LIMIT": "1"}


def make_world() -> World:
    """Three publications: words, an album of two photographs with the caption on the second, a picture with words."""
    photos = [File(20 + n, "photo", render(f"photo/stream/{n}").data, width=960, height=640) for n in (1, 2)]
    words = render("market")
    poster = File(30, "photo", words.data, width=words.width, height=words.height)
    messages = (
        message(1, "Расписание автобусов изменится. #транспорт", date=START),
        message(2, "", photos[0], date=START + timedelta(hours=1), grouped_id=-77),
        message(3, "Вода поднялась на десять сантиметров", photos[1], date=START + timedelta(hours=1), grouped_id=-77),
        message(4, "Приходите!", poster, date=START + timedelta(hours=2)),
    )
    late = message(5, "Город готовится к празднику", date=START + timedelta(days=1))
    return World([channel(NEWS, "town_news", *messages, title="Town news")], [(Post(NEWS, late),)])


@dataclass
class Town:
    """A database after the first run, the server, and what that run printed."""

    env: dict[str, str]
    server: LoopbackProcess
    first: dict[str, Any]

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`media-audit run --until-idle` as its own process."""
        argv = [sys.executable, "-c", "from app.cli.main import main; main()", "run", "--until-idle", *options]
        return subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def town(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The world read to its end by `run`."""
    home = tmp_path_factory.mktemp("town")
    with services.database(services.template) as url, LoopbackProcess(make_world(), second_dc=False) as server:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TELEGRAM")} | FIXED
        env |= {"MEDIA_AUDIT_HOME": str(home), "DATABASE_URL": url, "REDIS_URL": services.redis_url(keep=True)}
        env |= telegram_environment(server.session())
        found = Town(env, server, {})
        done = found.run("--json", "--timeout", "150", "@town_news")
        assert done.returncode == 0, done.stderr
        found.first = json.loads(done.stdout)
        yield found


@pytest.fixture
def call(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in this process; what it printed, or its complaint for exit code 2."""
    for name in ("MEDIA_AUDIT_HOME", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, town.env[name])
    get_settings.cache_clear()

    def run(*argv: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(argv)
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == code, said.err
        return str(said.err if code == 2 else said.out)

    return run


@pytest.fixture
def sql(town: Town) -> Iterator[Callable[[str], list[Any]]]:
    """Statements on the town's database; each is committed."""
    engine = create_engine(sqlalchemy_url(town.env["DATABASE_URL"]))

    def ask(statement: str) -> list[Any]:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return list(result.all()) if result.returns_rows else []

    yield ask
    engine.dispose()


def test_run_reports_what_it_read(town: Town) -> None:
    report = town.first
    wanted = {"posts": 4, "publications": 3, "albums": 1, "media_files": 3, "analyzed": 3, "tagged": 3, "indexed": 3}
    assert {name: report[name] for name in wanted} == wanted
    assert (report["unknown"], report["dead"], report["unparsed"], report["idle"]) == (0, 0, 0, True)
    assert report["media_bytes"] == sum(
        len(render(name).data) for name in ("photo/stream/1", "photo/stream/2", "market")
    )
    assert report["retagged"] >= 1  # what the picture says was not known when its post was tagged first
    assert report["slowest_stage"] in report["stages"]
    assert sum(stage["share"] for stage in report["stages"].values()) == pytest.approx(1, abs=0.01)
    assert report["channels"][0]["title"] == "Town news"


def test_run_once_more_does_nothing_and_then_only_what_is_new(town: Town) -> None:
    town.server.clear_ledger()
    town.server.next_batch()
    done = town.run("--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    delta = {name: count for name, count in report["delta"].items() if count}
    assert (delta["posts"], delta["tagged"], delta["indexed"], delta["polls"]) == (1, 1, 1, 1)
    assert not {"downloaded", "analyzed", "retagged", "media_files", "albums"} & delta.keys()
    assert town.server.ledger.count("upload.getFile") == 0


def test_run_ends_with_three_when_time_is_up(town: Town) -> None:
    done = town.run("--json", "--timeout", "0")
    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    assert report["idle"] is False
    assert "1 channels to poll" in report["open"]


def test_run_ends_with_four_while_a_channel_is_refused(town: Town) -> None:
    town.server.faults = Faults(refusals=(Refusal("CHANNEL_PRIVATE", 406, channel=NEWS),))
    try:
        done = town.run("--json", "--timeout", "150")
    finally:
        town.server.faults = Faults()
    assert done.returncode == 4, done.stderr
    report = json.loads(done.stdout)
    assert report["idle"] is True
    assert [problem.partition(":")[0] for problem in report["problems"]] == ["@town_news could not be read"]
    done = town.run("--json", "--timeout", "150")
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, [])


def test_search_finds_words_that_stand_only_in_a_picture(call: Callable[..., str]) -> None:
    words = render("market").text
    assert words
    line = words.splitlines()[0]
    hits = json.loads(call("search", line, "--json"))
    assert hits[0]["message_id"] == 4
    assert "ocr" in hits[0]["where"]
    assert hits[0]["permalink"] == "https://t.me/town_news/4"
    shown = call("search", line)
    assert "https://t.me/town_news/4" in shown
    assert "inside a picture" in shown
    assert "nothing found" in call("search", "криптовалюта", "--since", "2030-01-01")


POSTS_OF_THE_ALBUM = [
    "https://t.me/town_news/2",
    "@town_news/3",
    "town_news/2",
    "Town news/2",
    f"https://t.me/c/{NEWS}/3?single",
    f"-100{NEWS}/3",
    "https://town_news.t.me/2",
    "tg://resolve?domain=Town_News&post=2&single",
    f"tg:privatepost?channel={NEWS}&post=3",
    "\u200bhttps://T.ME/s/town_news/2?comment=7.\ufeff",
    "https://telegram.dog/town_news/17/2",
]


@pytest.mark.parametrize("name", POSTS_OF_THE_ALBUM)
def test_explain_tells_of_the_whole_album_from_any_item(name: str, call: Callable[..., str]) -> None:
    story = json.loads(call("explain", name, "--json"))
    assert [message["message_id"] for message in story["messages"]] == [2, 3]
    assert story["album"] == "photo, 2 items, complete"
    assert len(story["readings"]) == 2
    assert all(reading["in_use"] for reading in story["readings"])
    assert story["lineage"][0]["trigger"] == "initial"
    assert story["tags"]
    assert set(story["tags"]) <= {tag for change in story["lineage"] for tag in change["added"]}
    assert story["events"][0]["routing_key"] == "posts.parsed"
    shown = call("explain", name)
    assert "Вода поднялась" in shown
    assert "the first tags" in shown


def test_search_and_explain_tell_why_a_post_is_a_hit(call: Callable[..., str]) -> None:
    hit = json.loads(call("search", "автобусов", "--explain", "--json"))[0]
    [word] = hit["explained"]["said"]
    assert (word["asked"], word["where"]["text"]) == ("автобусов", ["автобусов"])
    assert "автобусов in the text: автобусов" in call("search", "автобусов", "--explain")
    post = hit["permalink"]
    assert "yes автобусов in the text: автобусов" in call("explain", post, "--search", "автобусов kind:photo")
    story = json.loads(call("explain", post, "--search", "автобусов kind:photo", "--json"))
    assert [(one["text"], one["holds"]) for one in story["verdict"]["parts"]] == [
        ("автобусов", True),
        ("kind:photo", False),
    ]
    assert "goes with a POST" in call("explain", "--trace", "0" * 32, "--search", "автобусов", code=2)


def test_a_question_without_workers_shows_passages_and_is_kept(
    call: Callable[..., str], sql: Callable[[str], list[Any]]
) -> None:
    said = call("ask", "Что изменится в расписании автобусов?", code=3)
    assert "https://t.me/town_news/1" in said, "passages are shown before any worker has begun"
    [(number, state)] = sql(
        "SELECT q.id, w.state FROM questions q JOIN work w ON w.subject_id = q.id AND w.step = 'ask'"
    )
    assert state == "due"
    shown = json.loads(call("ask", "--show", str(number), "--json"))
    assert (shown["outcome"], shown["sentences"]) == ("open", [])
    assert json.loads(call("ask", "--stop", str(number), "--json"))["outcome"] == "stopped"
    sql("DELETE FROM work WHERE step = 'ask'; DELETE FROM questions")


def test_a_paid_answer_has_its_price_shown_and_agreed_to_first(
    call: Callable[..., str], sql: Callable[[str], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ANSWERER": "openai",
        "ANSWERER_MODEL": "small",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    }.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    wiring.answerer.forget()
    assert "tokens for this answer: agree with --yes" in call("ask", "Что с автобусами?", code=2)
    assert sql("SELECT 1 FROM questions") == [], "nothing is written before a user agrees"


@pytest.mark.parametrize(
    "argv", [("ask",), ("ask", "--show", "999"), ("ask", "автобусы", "--stop", "1"), ("ask", "channel:x"), ("ask", "?")]
)
def test_a_wrong_question_is_told_with_its_remedy(argv: tuple[str, ...], call: Callable[..., str]) -> None:
    assert call(*argv, code=2)


def test_explain_takes_the_id_that_search_gives(call: Callable[..., str]) -> None:
    hit = json.loads(call("search", "автобусов", "--json"))[0]
    story = json.loads(call("explain", str(hit["post_id"]), "--json"))
    assert story["publication_id"] == hit["publication_id"]
    assert "транспорт" in story["tags"]
    assert "no post" in call("explain", "@town_news/999", code=2)
    assert "channels list" in call("explain", "@elsewhere/1", code=2)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("explain", "https://t.me/town_news"), "no post"),
        (("explain", "https://t.me/c/99999999999999999999/5"), "too large"),
        (("explain", "https://example.org/town_news/2"), "another site"),
        (("explain", "99999999999999999999"), "no post"),
        (("explain", "99999999999999999999/5"), "channels list"),
        (("explain", "\udcff/5"), "channels list"),
        (("explain", "t.me/+AbCdEfGh/5"), "no post"),
        (("channels", "add", "99999999999999999999"), "too large"),
        (("channels", "add", "https://t.me/addlist/AbCdEf"), "opens a folder"),
        (("channels", "add", "t.me/c/99999999999999999999"), "too large"),
        (("channels", "add", "\udcff"), "names no channel"),
        (("channels", "remove", "9" * 5000), "too large"),
        (("backfill", "--channel", "9" * 30), "channels list"),
        (("backfill", "--channel", "\udcff"), "channels list"),
        (("search", "город", "--channel", "tg://share?url=x"), "channels list"),
        (("search", "город", "--channel", ""), "channels list"),
        (("similar", "x" * 5000), "the path of a picture"),
    ],
)
def test_what_names_nothing_is_told_with_its_remedy(
    command: tuple[str, ...], says: str, call: Callable[..., str]
) -> None:
    assert says in call(*command, code=2)


@pytest.mark.parametrize("name", ["https://t.me/town_news/3", "town_news.t.me", f"-100{NEWS}", f"t.me/c/{NEWS}/1"])
def test_every_command_takes_every_form_of_a_channel(name: str, call: Callable[..., str]) -> None:
    assert "already" in call("channels", "add", name)
    assert "town_news" in call("search", "автобусов", "--channel", name)


def test_status_counts_work_and_sees_who_lived(call: Callable[..., str]) -> None:
    status = json.loads(call("status", "--json"))
    assert status["stages"]["download"]["done"] == 3
    assert status["channels"][0]["history_left"] == 0
    assert {process["name"].split("@")[0] for process in status["processes"]} >= {"telegram", "media", "default"}
    assert status["channels"][0]["reference"] in call("status")


def test_channels_are_added_once_removed_and_taken_up_again(call: Callable[..., str]) -> None:
    assert json.loads(call("channels", "add", "https://t.me/Second_One", "--json")) == [
        {"reference": "@Second_One", "new": True}
    ]
    assert "already" in call("channels", "add", "@second_one")
    assert "already" in call("channels", "add", f"-100{NEWS}")  # known by its number since its first poll
    assert "channel" in call("channels", "add", "not a name", code=2)
    assert [c["reference"] for c in json.loads(call("channels", "list", "--json"))] == [f"-100{NEWS}", "@Second_One"]
    assert "already" in call("channels", "add", "t.me/town_news")
    assert [c["reference"] for c in json.loads(call("channels", "list", "--json"))] == ["@town_news", "@Second_One"]
    assert "stays" in call("channels", "remove", "@SECOND_ONE")
    assert [c["reference"] for c in json.loads(call("channels", "list", "--json"))] == ["@town_news"]
    assert "not watched" in call("channels", "remove", "@second_one", code=2)


def test_backfill_again_makes_the_history_due(call: Callable[..., str], sql: Callable[[str], list[Any]]) -> None:
    assert "nothing to read" in call("backfill")
    assert "@town_news" in call("backfill", "--channel", "Town news", "--again")
    assert sql("SELECT state FROM work WHERE step = 'backfill'") == [("due",)]
    sql("UPDATE work SET state = 'done' WHERE step = 'backfill'")
    sql("UPDATE channels SET backfill_cursor = 0")


def test_a_retry_of_a_dead_download_takes_its_publication_along(
    call: Callable[..., str], sql: Callable[[str], list[Any]]
) -> None:
    assert json.loads(call("dead", "list", "--json")) == []
    newest = "SELECT max(id) FROM work WHERE step = 'download'"
    sql(f"UPDATE work SET state = 'dead', last_error = 'gone' WHERE id = ({newest})")
    dead = json.loads(call("dead", "list", "--json"))
    assert [(one["step"], one["error"]) for one in dead] == [("download", "gone")]
    assert "@town_news/" in call("dead", "list")
    assert "1 due again" in call("dead", "retry", str(dead[0]["id"]))
    due = sql("SELECT step, attempts FROM work WHERE state = 'due' ORDER BY step")
    assert due == [("download", 0), ("persist", 0)]
    sql("UPDATE work SET state = 'done' WHERE state = 'due'")
    assert "say which" in call("dead", "retry", code=2)


def test_retag_asks_where_the_tagger_changed_and_of_all_when_told(
    call: Callable[..., str], sql: Callable[[str], list[Any]]
) -> None:
    count = sql("SELECT count(*) FROM publications")[0][0]
    assert "nothing: the tagger of today" in call("retag")
    assert f"{count} publications without a change" in call("retag", "--all", "--dry-run")
    assert f"{count} asked for" in call("retag", "--all")
    assert sql("SELECT DISTINCT state, asked FROM work WHERE step = 'tag' AND state = 'due'") == [("due", "reread")]
    assert f"{count} publications of an earlier run" in call("retag", "--all")
    assert json.loads(call("retag", "--stop", "--json")) == {"stopped": count, "under_way": 0}
    assert "nothing was left" in call("retag", "--stop")
    sql("UPDATE post_enrichment SET metadata = metadata || '{\"tagger_version\": \"old\"}' WHERE kind = 'tags'")
    plan = json.loads(call("retag", "--channel", "@town_news", "--dry-run", "--json"))
    assert (plan["publications"], plan["changed"], plan["price"], plan["asked_for"]) == (count, count, None, 0)
    sql("UPDATE work SET state = 'done' WHERE step = 'tag'")


def test_reanalyze_reads_what_the_recipe_of_today_has_not(
    call: Callable[..., str], sql: Callable[[str], list[Any]]
) -> None:
    assert "nothing: the recipe of today" in call("reanalyze")
    sql("UPDATE vision_versions SET prompt_hash = 'of yesterday'")
    plan = json.loads(call("reanalyze", "--dry-run", "--json"))
    assert (plan["files"], plan["publications"], plan["tokens"], plan["asked_for"]) == (3, 2, 0, 0)
    assert sql("SELECT count(*) FROM vision_versions") == [(1,)]
    assert "3 asked for" in call("reanalyze", "--where", "mime=image/jpeg", "--where", "status=ok")
    assert sql("SELECT count(*) FROM work WHERE step = 'analyze' AND asked = 'reread' AND state = 'due'") == [(3,)]
    assert "3 stopped" in call("reanalyze", "--stop")
    assert "with a key out of kind, language" in call("reanalyze", "--where", "colour=red", code=2)
    assert "30d" in call("reanalyze", "--since", "long ago", code=2)


def test_doctor_names_what_is_missing(call: Callable[..., str]) -> None:
    found = {one["name"]: one for one in json.loads(call("doctor", "--json", code=1))}
    # The database of the tests is in a hurry, and the doctor sees it.
    assert [name for name, one in found.items() if not one["ok"]] == ["durable", "telegram"]
    assert "synchronous_commit = on" in found["durable"]["remedy"]
    assert "media-audit login" in found["telegram"]["remedy"]
    assert found["vision"]["detail"].endswith("OCR in rus+eng+ukr")


def test_doctor_prints_nothing_but_its_json(town: Town) -> None:
    argv = [sys.executable, "-c", "from app.cli.main import main; main()", "doctor", "--json"]
    # a setting about which a warning is logged, and a provider that is not there
    paid = {
        "TAGGER": "gigachat",
        "TAGGER_MODEL": "m",
        "GIGACHAT_CREDENTIALS": "c2VjcmV0",
        "GIGACHAT_VERIFY_SSL_CERTS": "0",
    }
    paid["GIGACHAT_AUTH_URL"] = paid["GIGACHAT_BASE_URL"] = "https://127.0.0.1:1"
    done = subprocess.run(argv, env=town.env | paid, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert [one["name"] for one in json.loads(done.stdout) if not one["ok"]] == ["durable", "gigachat"]
    assert "certificates are not verified" in done.stderr
    assert "c2VjcmV0" not in done.stdout + done.stderr


def test_down_says_when_nothing_runs(call: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_AUDIT_HOME", str(tmp_path / "empty"))
    get_settings.cache_clear()
    assert "nothing ran" in call("down")
