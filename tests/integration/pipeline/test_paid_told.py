"""What people see of paid models: `explain`, `status` and the report, over a database that paid calls filled."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rich.console import Console

from app.adapters.tagger import local_tagger
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.tagger.vocabulary import load_vocabulary
from app.cli import main
from app.cli.screen import screen
from app.cli.show import show_report
from app.db import transaction
from app.demo.llm import Fault, LoopbackLLM
from app.domain.vocabulary import parse_vocabulary
from app.settings import get_settings
from app.status.overview import status
from app.status.run_report import report, snapshot
from tests.factories.messages import commented, message, photo, sha256
from tests.integration.pipeline.database import change
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought, bought

LONG = "Городской парк открыт для всех жителей. " * 100  # a caption as long as Telegram allows
SETTINGS = {"TAG_WAIT": "0", "TAGGER_INPUT_TOKENS": "2500", "TAGGER_TIMEOUT": "0.5", "VISION_TIMEOUT": "0.5"}


@pytest.fixture
def bill(flow: Flow, monkeypatch: pytest.MonkeyPatch, running_models: LoopbackLLM) -> Iterator[Bought]:
    """A watched channel whose pictures an OpenAI-compatible server reads; another reader stands behind it."""
    with bought(flow, monkeypatch, running_models) as made:
        made.connect("openai", fallback=(PictureReader(),), **SETTINGS)
        flow.watch()
        yield made


@pytest.fixture
def tagged(bill: Bought) -> Iterator[Bought]:
    """The same server tags, too."""
    bill.patch.setenv("TAGGER", "openai")
    bill.patch.setenv("TAGGER_MODEL", "GigaChat-2-Max")
    get_settings.cache_clear()
    tagger = llm_tagger(get_settings(), load_vocabulary(get_settings()))
    bill.flow.drive.tagger = tagger
    yield bill
    tagger.close()


@pytest.fixture
def call(bill: Bought, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command in this process; what it printed, with blanks and line ends as single blanks unless `raw`."""

    def run(*argv: str, raw: bool = False) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(argv)
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        assert bill.server.api_key not in said.out
        return str(said.out) if raw else " ".join(said.out.split())

    return run


@pytest.fixture
def story(call: Callable[..., str]) -> Callable[[int], dict[str, Any]]:
    """What `explain --json` tells of a message."""
    return lambda number: dict(json.loads(call("explain", f"@news/{number}", "--json", raw=True)))


def boat() -> bytes:
    """A picture that is the same in every run: what the loopback model says of it follows from its bytes."""
    return commented((14, 9, 99), "boat lamp|Открытие парка в субботу|0")


def two_versions(bill: Bought) -> str:
    """Two posts with the same picture, read by the fallback while the account is empty and then by the primary; the
    file's sha256."""
    data = boat()
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.flow.post(message(1, "Городской парк открыт", photo(data=data)), message(2, "Снова он", photo(data=data)))
    bill.flow.run()
    bill.server.faults.clear()
    bill.later()
    return sha256(photo(data=data))


def test_readings_stand_by_rank_with_price_and_difference(
    bill: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    name = two_versions(bill)
    told = story(1)
    first, second = told["readings"]
    assert (first["version"], first["recipe"], first["in_use"]) == (1, "openai GigaChat-2-Pro", True)
    assert first["why"] == "it is the primary of the chain"
    assert (second["recipe"], second["in_use"], second["why"]) == ("test reader", False, "version 1 ranks higher")
    assert first["spent"] == {"read": bill.spent(), "repair": 0, "unknown": 0}
    assert second["spent"]["read"] == 0
    assert (first["compared_with"], second["compared_with"]) == (second["version"], None)
    difference = first["difference"]
    assert difference["labels_removed"] == ["boat", "lamp"]
    assert len(difference["labels_added"]) == 2, "a topic and a colour"
    assert difference["words_removed"] == {"count": 4, "first": ["Открытие", "парка", "в", "субботу"]}
    assert difference["changed"]["description"][0] == ""
    assert told["costs"] == {
        "vision": bill.spent(),
        "tags": 0,
        "unknown": 0,
        "shared": {name: 1},
        "total": bill.spent(),
    }
    shown = call("explain", "@news/1")
    assert f"version 1 openai GigaChat-2-Pro ok {bill.spent():,} tokens in use: it is the primary of the chain" in shown
    assert "- boat, lamp; words -4 (Открытие парка в субботу); kind photo → " in shown
    assert "description new" in shown
    assert f"vision version {second['version']} (test reader) → 1 (openai GigaChat-2-Pro)" in shown
    assert f"file {name[:12]} is in another publication as well: it was paid once" in shown
    assert shown.index("version 1 openai") < shown.index(f"version {second['version']} test reader")


def test_what_was_read_before_the_next_merge_is_told_as_such(bill: Bought, call: Callable[..., str]) -> None:
    two_versions(bill)
    change("UPDATE vision_chain SET members = jsonb_build_array(members->1, members->0)")
    shown = call("explain", "@news/1")
    assert "not in use: from the next merge on: it is the primary of the chain" in shown
    assert "in use: until the next merge, then no more: version 2 ranks higher" in shown


@pytest.mark.parametrize(("kind", "status"), [("bad_fields", "ok"), ("hopeless", "partial")])
def test_repairs_and_what_is_missing_are_told(
    kind: Any, status: str, bill: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    bill.server.faults.add(Fault(kind))
    bill.photos(1)
    [reading] = story(1)["readings"]
    assert reading["status"] == status
    assert reading["spent"]["repair"] == bill.server.ledger.calls("chat")[1].tokens
    assert any("classification" in problem for problem in reading["problems"]) is (status == "partial")
    shown = call("explain", "@news/1")
    assert f"{status} {bill.spent():,} tokens, {reading['spent']['repair']:,} of them for its repair" in shown
    assert ("left out: classification: Input should be" in shown) is (status == "partial")


def test_an_answer_that_was_cut_is_told(bill: Bought, story: Callable[[int], dict[str, Any]]) -> None:
    bill.photos(1)
    change("UPDATE raw_answers SET answer = jsonb_set(answer, '{finish}', '\"length\"')")
    change("UPDATE media_vision SET status = 'partial'")
    assert story(1)["readings"][0]["problems"] == ["the answer ended at its limit of tokens"]


def test_a_refusal_is_told_with_the_models_words(
    bill: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    bill.server.faults.add(Fault("refusal", times=0))
    bill.photos(1)
    refused, read = story(1)["readings"]
    assert (refused["status"], refused["error"]) == ("refused", "the model refused: I cannot help with this.")
    assert (refused["in_use"], refused["why"]) == (False, "there is no reading")
    assert refused["spent"]["read"] == bill.spent() > 0
    assert (read["in_use"], read["why"]) == (True, "it is fallback 1 of the chain")
    assert "refused: the model refused: I cannot help with this." in call("explain", "@news/1")


def test_a_borrowed_reading_names_its_owner(bill: Bought, call: Callable[..., str]) -> None:
    bill.photos(1)
    change("UPDATE media_vision SET borrowed_from = repeat('ab', 32), borrowed_bits = 3")
    assert "borrowed from file abababababab, 3 of 64 bits apart" in call("explain", "@news/1")


def test_tags_tell_what_they_cost_and_what_was_left_out(
    tagged: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    tagged.server.faults.add(Fault("hopeless", times=0))
    tagged.flow.post(message(1, LONG))
    tagged.flow.run()
    told = story(1)
    [passage] = told["lineage"]
    assert passage["tokens"] == told["costs"]["tags"] == tagged.spent() > 0
    assert passage["repaired"]
    assert passage["vocabulary"] == ""
    assert passage["notes"][0].startswith("text: ")
    assert any("valid string" in problem for problem in passage["problems"])
    shown = call("explain", "@news/1")
    assert f"no vocabulary {tagged.spent():,} tokens, with a repair" in shown
    assert f"of the question, {passage['notes'][0]}" in shown
    assert "of the answer, left out: tags.1: Input should be a valid string" in shown
    assert f"{tagged.spent():,} tokens: 0 for its files, {tagged.spent():,} for its tags" in shown


def test_a_vocabulary_is_named_as_long_as_the_rows_tell(
    bill: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    words = parse_vocabulary("погода = дождь", "prefer")
    bill.flow.drive.tagger = local_tagger(words)
    bill.flow.post(message(1, "Сильный дождь в городе"))
    bill.flow.run()
    assert [passage["vocabulary"] for passage in story(1)["lineage"]] == [words.hash]
    assert f", vocabulary {words.hash[:12]}" in call("explain", "@news/1")
    change("UPDATE tag_changes SET vocabulary = NULL")  # as rows from before the column have it
    assert [passage["vocabulary"] for passage in story(1)["lineage"]] == [None]
    assert ", vocabulary no longer known" in call("explain", "@news/1")


def test_a_refused_tagging_is_told_and_paid(
    tagged: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    tagged.server.faults.add(Fault("refusal"))
    tagged.flow.post(message(1, "О чём модель говорить не хочет"))
    tagged.flow.run()
    told = story(1)
    assert told["lineage"] == []
    [declined] = told["declined"]
    assert (declined["why"], declined["tokens"]) == ("the model refused: I cannot help with this.", tagged.spent())
    assert told["costs"]["tags"] == tagged.spent() > 0
    assert "it was not tagged yet" in (shown := call("explain", "@news/1"))
    assert f"refused {tagged.spent():,} tokens the model refused: I cannot help with this." in shown


def test_work_that_waits_or_is_unknown_says_why_and_until_when(
    bill: Bought, story: Callable[[int], dict[str, Any]], call: Callable[..., str]
) -> None:
    bill.server.faults.add(Fault("hang"))
    bill.photos(1)
    told = story(1)
    row = next(row for row in told["work"] if row["state"] == "unknown")
    assert (row["step"], row["sha256"], row["until"]) == ("analyze", told["messages"][0]["sha256"], None)
    assert told["costs"]["unknown"] == 1
    shown = call("explain", "@news/1")
    assert "unknown openai: no answer within 0 s (VISION_TIMEOUT); the end of a paid call is not known" in shown
    assert "1 call with an unknown end counts as it was reserved" in shown
    cap = bill.spent() + 3_400
    bill.connect("openai", OPENAI_DAILY_TOKENS=cap)
    bill.photos(2, first=2)
    row = next(row for row in story(3)["work"] if row["state"] == "waiting")
    assert "T00:00:00" in row["until"], "until the budget's next day"
    until = r"until (20\d\d-\d\d-\d\d )?00:00 UTC"  # without the date in the evening
    assert re.search(rf"waiting OPENAI_DAILY_TOKENS={cap} is spent, {until}", call("explain", "@news/3"))


def test_status_tells_how_providers_stand(bill: Bought, call: Callable[..., str]) -> None:
    before = json.loads(call("status", "--json", raw=True))
    [configured] = before["providers"]
    assert (configured["name"], configured["today"], configured["state"]) == ("openai", 0, "ok")
    assert before["waiting"] == []
    bill.photos(1)
    bill.server.faults.add(Fault("hang"))
    bill.photos(1, first=2)
    bill.server.faults.clear()
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.connect("openai")
    bill.photos(2, first=3)
    now = json.loads(call("status", "--json", raw=True))
    [found] = now["providers"]
    assert (found["today"], found["month"], found["daily_cap"]) == (bill.spent(), bill.spent(), 250_000)
    assert (found["under_way"], found["at_once"], found["unknown"]) == (0, 3, 1)
    assert (found["state"], found["block"]) == ("resting", "credit")
    assert "out of credit" in found["reason"]
    [waiting] = now["waiting"]
    assert waiting["count"] == 2
    assert "out of credit" in waiting["reason"]
    shown = call("status")
    assert f"openai {bill.spent():,} of 250,000 {bill.spent():,} 0 of 3 1 resting until " in shown
    assert " UTC, credit: openai answered 402" in shown
    with transaction() as session:
        lines = plain(screen(status(session), 100, 30)).splitlines()
    [line] = [line for line in lines if line.startswith("paid")]
    assert line.startswith(f"paid  openai {bill.spent():,} of 250,000 tokens today, resting until ")
    assert "(credit)" in line


def test_nobody_hears_of_money_where_nothing_is_paid(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flow.watch()
    with transaction() as session:
        before = snapshot(session)
        now = status(session)
        assert (now.providers, now.waiting) == ([], [])
        assert "paid" not in plain(screen(now, 100, 30))
        done = report(session, before, 1.0, idle=True)
    assert (done.as_json()["tokens"], done.as_json()["paid_calls"]) == (0, 0)
    shown = io.StringIO()
    show_report(Console(file=shown, width=100), done)
    assert "tokens" not in shown.getvalue()


def test_a_report_tells_what_this_run_paid(tagged: Bought) -> None:
    tagged.photos(1)
    with transaction() as session:
        before = snapshot(session)
    earlier = tagged.spent()
    tagged.server.ledger.clear()
    tagged.server.faults.add(Fault("rate_limit", retry_after="0"), Fault("bad_fields", after=1))
    tagged.photos(1, first=2)
    tagged.later()
    with transaction() as session:
        done = report(session, before, 1.0, idle=True)
    told = done.as_json()
    assert told["tokens"] == tagged.spent() - earlier > 0
    assert told["paid_calls"] == len(tagged.server.ledger.calls("chat", outcome="ok")) > 2
    assert told["paid"]["repairs"] == 1
    assert told["paid"]["vision"] + told["paid"]["tags"] == told["tokens"]
    shown = io.StringIO()
    show_report(Console(file=shown, width=80), done)
    words = " ".join(shown.getvalue().split())
    assert f"together {told['tokens']:,} {told['paid_calls']}" in words
    assert "repairs, among them 1" in words


def plain(what: Any) -> str:
    """As it stands on a terminal of 80 columns."""
    console = Console(file=(shown := io.StringIO()), width=80)
    console.print(what)
    return shown.getvalue()
