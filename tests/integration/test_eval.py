"""make eval against the loopback models: right answers score perfectly, wrong ones worse, failures are counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.adapters.vision.remote.decoder import Limits
from app.adapters.vision.remote.prepare import prepare
from app.demo.llm import Fault, LoopbackLLM
from app.domain.kinds import Classification
from app.errors import RateLimited, Unanswered
from app.eval.__main__ import main
from app.eval.cases import chosen
from app.eval.posts import posts
from app.eval.run import Shot, drawn, patient
from app.settings import get_settings

ONLY = "meme-report,chat-release,receipt-garage,photo-cat,surface-fence"
Configure = Callable[[LoopbackLLM, str], None]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Sets the environment that a person would set for a server and provider."""

    def configure(server: LoopbackLLM, provider: str) -> None:
        for name, value in server.environment(provider).items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    return configure


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> list[Shot]:
    """The pictures of ONLY."""
    return drawn(chosen(ONLY.split(","), None), tmp_path_factory.mktemp("set"))


@pytest.fixture
def server() -> Iterator[LoopbackLLM]:
    """A server that answers plausibly and knows nothing."""
    with LoopbackLLM() as running:
        yield running


def answer(shot: Shot, **changes: Any) -> dict[str, Any]:
    """What a model that sees everything would say of a picture."""
    kind = shot.case.kind or Classification.OTHER
    said: dict[str, Any] = {
        "classification": kind.value,
        "is_meme": False,
        "description": None,
        "labels": [],
        "objects": [],
    }
    return {**said, "language": None, "text": shot.text or None, **changes}


def answers(shots: list[Shot], **changes: Any) -> dict[str, dict[str, Any]]:
    """For each picture as it is sent."""
    limits = Limits(get_settings().vision_max_side, max_pixels=10**8, max_bytes=10**8)
    sent = {shot: prepare(shot.media, limits).pictures[0] for shot in shots}
    return {sha256(picture).hexdigest(): answer(shot, **changes) for shot, picture in sent.items()}


def scored(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """The JSON of a run that went to its end."""
    file = tmp_path / "scores.json"
    assert main(["--only", ONLY, "--json", str(file), *arguments]) == 0
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@pytest.mark.parametrize("provider", ["gigachat", "openai"])
def test_right_answers_score_perfectly(
    provider: str, shots: list[Shot], configured: Configure, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LoopbackLLM(answers=answers(shots)) as knowing:
        configured(knowing, provider)
        found = scored(tmp_path, "--provider", provider, "--yes")[provider]
        assert len(knowing.ledger.readings()) == len(shots)
        assert found["tokens"] == knowing.ledger.tokens > 0
    assert (found["read"], found["failures"]) == (len(shots), {})
    assert (found["ocr"]["all"]["rate"], found["ocr"]["all"]["word_recall"]) == (0, 1)
    assert found["classification"]["accuracy"] == 1
    assert found["invented"] == {"pictures": 3, "with_text": 0, "characters": 0}
    shown = capsys.readouterr()
    assert "100.0 %" in shown.out
    assert f"{provider} {found['recipe']['model']}: {len(shots)} calls, at most" in shown.err


def test_wrong_answers_score_worse(shots: list[Shot], configured: Configure, tmp_path: Path) -> None:
    wrong = answers(shots, text="Release team 6 members и ещё", classification="document")
    with LoopbackLLM(answers=wrong) as mistaken:
        configured(mistaken, "openai")
        found = scored(tmp_path, "--provider", "openai", "--yes")["openai"]
    assert found["ocr"]["all"]["rate"] > 0.5
    assert 0 < found["ocr"]["all"]["word_recall"] < 0.5
    assert found["invented"]["with_text"] == 3
    documents = sum(shot.case.kind is Classification.DOCUMENT for shot in shots)
    assert found["classification"]["accuracy"] == documents / sum(shot.case.kind is not None for shot in shots)


def test_tags_are_better_with_what_the_picture_says(shots: list[Shot], configured: Configure, tmp_path: Path) -> None:
    recalls = []
    for changes in ({}, {"text": None, "classification": "other"}):
        with LoopbackLLM(answers=answers(shots, **changes)) as model:
            configured(model, "openai")
            found = scored(tmp_path, "--provider", "openai", "--yes")["openai"]["tags"]
        assert found["posts"] == sum(post.picture is None or post.picture.split("/")[0] in ONLY for post in posts())
        recalls.append(found["recall"])
    assert recalls[0] > recalls[1]  # "мем" and "отчет" stand in the picture alone


def test_failures_are_counted_and_stop_nothing(
    server: LoopbackLLM, shots: list[Shot], configured: Configure, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(server, "openai")
    server.faults.add(Fault("refusal"), Fault("cut", after=1), Fault("rate_limit", after=2, retry_after="0"))
    found = scored(tmp_path, "--provider", "openai", "--yes")["openai"]
    assert found["failures"] == {"Refused": 1, "Unanswered": 1}
    assert found["read"] == len(shots) - 2
    assert "failed: 1 x Refused" in capsys.readouterr().out


def test_nothing_is_spent_without_leave(
    server: LoopbackLLM, configured: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(server, "gigachat")
    assert main(["--provider", "local,gigachat", "--limit", "2"]) == 2
    assert server.ledger.calls() == []
    said = capsys.readouterr().err
    assert "2 calls, at most" in said
    assert "--yes" in said


def test_what_is_not_configured_or_unknown_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--provider", "openai", "--limit", "1"]) == 2
    assert "OPENAI_BASE_URL" in capsys.readouterr().err
    assert main(["--provider", "crystal-ball"]) == 2
    assert "local, gigachat, openai" in capsys.readouterr().err


def test_the_local_provider_reads_what_is_plain(tmp_path: Path) -> None:
    found = scored(tmp_path, "--keep", str(tmp_path / "pictures"))["local"]
    assert found["recipe"]["provider"] == "local"
    assert (found["tokens"], found["failures"]) == (0, {})
    assert found["ocr"]["all"]["rate"] < 0.2
    assert found["invented"]["with_text"] == 0
    assert len(list((tmp_path / "pictures").glob("*.jpg"))) == found["pictures"]


def test_only_calls_that_cost_nothing_are_repeated() -> None:
    waits: list[float] = []
    outcomes: list[Exception | int] = [RateLimited("slow", 7), RateLimited("slow", 900), 5]

    def call() -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert patient(call, waits.append) == 5
    assert waits == [7, 60]
    outcomes[:] = [Unanswered("cut"), 5]
    with pytest.raises(Unanswered):
        patient(call, waits.append)
    assert outcomes == [5]
