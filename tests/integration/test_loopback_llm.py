"""GigaChat's own SDK and plain HTTP against the loopback models: TLS, tokens, files, ledger, a process of its own."""

from __future__ import annotations

import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gigachat import GigaChat
from gigachat.exceptions import AuthenticationError, BadRequestError, ResponseError, UnprocessableEntityError

from app.adapters.vision.remote.factory import remote_vision
from app.demo.llm import Asked, Fault, LoopbackLLM, plausible
from app.demo.llm.faults import Kind
from app.errors import Misconfigured, Transient, Unavailable, UserError
from tests.factories.files import scanned_pdf, stored, stored_photo
from tests.factories.pictures import encoded, page, photograph
from tests.factories.posts import post
from tests.factories.providers import answering_with, reading_with, tagging_with
from tests.factories.questions import asked as question
from tests.factories.settings import vision_settings

MODEL = "GigaChat-2-Pro"


@pytest.fixture
def sdk(server: LoopbackLLM) -> Iterator[GigaChat]:
    """The SDK as its documentation says."""
    with GigaChat(
        base_url=server.gigachat_base_url,
        auth_url=server.auth_url,
        credentials=server.credentials,
        ssl_context=ssl.create_default_context(cafile=server.ca_file),
        model=MODEL,
    ) as client:
        yield client


class TestSdk:
    def test_a_picture_is_uploaded_seen_and_deleted(self, sdk: GigaChat, server: LoopbackLLM) -> None:
        picture = encoded(photograph("coffee"))
        file = sdk.upload_file(("a.jpg", picture, "image/jpeg"))
        assert list(server.files.values()) == [picture]
        asked = {"messages": [{"role": "user", "content": "What?", "attachments": [file.id_]}]}
        answer = sdk.chat(asked)
        assert json.loads(answer.choices[0].message.content) == plausible(Asked(MODEL, (), (picture,)))
        assert answer.usage.prompt_tokens > 1792
        assert sdk.delete_file(file.id_).deleted
        assert server.files == {}

    def test_the_other_methods_answer(self, sdk: GigaChat) -> None:
        assert MODEL in [model.id_ for model in sdk.get_models().data]
        assert sdk.get_balance().balance[0].value > 0
        first, second = sdk.embeddings(["one", "two"]).data
        assert first.embedding != second.embedding

    def test_an_expired_token_is_renewed_by_the_sdk(self, sdk: GigaChat, server: LoopbackLLM) -> None:
        sdk.get_models()
        server.expire_tokens()
        sdk.get_models()
        assert server.ledger.count()["oauth", "ok"] == 2

    def test_it_refuses_what_gigachat_refuses(self, sdk: GigaChat) -> None:
        with pytest.raises(BadRequestError, match="Unsupported file format"):
            sdk.upload_file(("a.webp", b"x", "image/webp"))
        files = [sdk.upload_file((f"{n}.jpg", encoded(photograph("cat")), "image/jpeg")).id_ for n in range(2)]
        with pytest.raises(UnprocessableEntityError, match="Only one image"):
            sdk.chat({"messages": [{"role": "user", "content": "", "attachments": files}]})
        with pytest.raises(ResponseError, match="No such model"):
            sdk.chat({"model": "gpt", "messages": [{"role": "user", "content": "hi"}]})
        for file in files:
            sdk.delete_file(file)

    def test_a_wrong_key_gets_no_token(self, server: LoopbackLLM) -> None:
        tls = ssl.create_default_context(cafile=server.ca_file)
        wrong = GigaChat(auth_url=server.auth_url, credentials="d3Jvbmc=", ssl_context=tls, model=MODEL)
        with wrong as client, pytest.raises(AuthenticationError):
            client.get_token()


class TestTls:
    def test_the_right_ca_is_needed_and_a_wrong_one_named(self, server: LoopbackLLM) -> None:
        with LoopbackLLM() as other:
            for wrong in (other.ca_file, None):
                untrusted = reading_with(server, "gigachat", gigachat_ca_bundle_file=wrong)
                with untrusted as vision, pytest.raises(Misconfigured, match="GIGACHAT_CA_BUNDLE_FILE"):
                    vision.read(stored_photo())
        assert server.ledger.calls() == []  # no credentials went to someone unknown

    def test_verification_can_be_switched_off(self, server: LoopbackLLM) -> None:
        unverified = {"gigachat_ca_bundle_file": None, "gigachat_verify_ssl_certs": False}
        with reading_with(server, "gigachat", **unverified) as vision:
            assert vision.read(stored_photo()).status == "ok"

    @pytest.mark.parametrize("content", [None, "no certificate"])
    def test_a_file_that_is_no_bundle_is_named_at_once(
        self, content: str | None, server: LoopbackLLM, tmp_path: Path
    ) -> None:
        if content is not None:
            (tmp_path / "ca.pem").write_text(content)
        with pytest.raises(UserError, match="GIGACHAT_CA_BUNDLE_FILE"):
            remote_vision(vision_settings(server, "gigachat", gigachat_ca_bundle_file=tmp_path / "ca.pem"), "gigachat")

    def test_variables_that_only_the_sdk_knows_change_nothing(
        self, server: LoopbackLLM, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in server.environment("gigachat").items():
            monkeypatch.setenv(name, value)
        for name in ("ACCESS_TOKEN", "USER", "PASSWORD", "MODEL"):
            monkeypatch.setenv(f"GIGACHAT_{name}", "from elsewhere")
        with reading_with(server, "gigachat") as vision:
            assert vision.read(stored_photo()).status == "ok"


LAST_CALL = """
import sys
from pathlib import Path
from app.adapters.vision.remote.factory import remote_vision
from app.ports import MediaInput
from app.settings import Settings

remote_vision(Settings(), "gigachat").ask(MediaInput(Path(sys.argv[1]), "0" * 64, "application/pdf"))
"""


class TestGigaChat:
    def test_a_wrong_scope_is_named(self, server: LoopbackLLM) -> None:
        elsewhere = reading_with(server, "gigachat", gigachat_scope="GIGACHAT_API_CORP")
        with elsewhere as vision, pytest.raises(Misconfigured, match="GIGACHAT_SCOPE"):
            vision.read(stored_photo())

    def test_one_401_is_renewed_and_lasting_ones_name_the_key(self, server: LoopbackLLM) -> None:
        with reading_with(server, "gigachat") as vision:
            server.faults.add(Fault("expired"))
            assert vision.read(stored_photo()).calls == 1
            assert [call.outcome for call in server.ledger.calls("chat")] == ["expired", "ok"]
            server.faults.add(Fault("expired", times=0))
            with pytest.raises(Misconfigured, match="GIGACHAT_CREDENTIALS"):
                vision.read(stored_photo())

    def test_failed_uploads_cost_nothing_and_leave_nothing(self, server: LoopbackLLM, tmp_path: Path) -> None:
        with reading_with(server, "gigachat") as vision:
            for kind in ("error", "cut", "not_json"):
                server.faults.add(Fault(kind, "upload"))
                with pytest.raises(Transient) as raised:
                    vision.read(stored_photo())
                assert type(raised.value) is Unavailable  # not Unanswered: nothing was asked
                server.faults.clear()
            assert server.ledger.calls("chat") == []

    def test_an_analysis_is_not_lost_when_its_file_cannot_be_deleted(self, server: LoopbackLLM) -> None:
        with reading_with(server, "gigachat") as vision:
            server.faults.add(Fault("error", "delete"))
            assert vision.read(stored_photo()).status == "ok"

    @pytest.mark.parametrize("kind", ["hang", "trickle"])
    def test_nobody_waits_for_a_file_to_be_deleted(self, kind: Kind, server: LoopbackLLM) -> None:
        server.faults.add(Fault(kind, "delete"))
        with reading_with(server, "gigachat", vision_timeout=20.0) as vision:
            started = time.monotonic()
            assert vision.read(stored_photo()).status == "ok"
            assert time.monotonic() - started < 20.0  # not even the deadline of the call

    def test_one_file_that_stays_keeps_no_other(
        self, server: LoopbackLLM, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        server.faults.add(Fault("error", "delete"))
        scan = scanned_pdf(tmp_path / "scan", [page(text, size=(1240, 400)) for text in ("One", "Two")])
        before = server.files
        with reading_with(server, "gigachat") as vision:
            assert vision.read(stored(scan, "application/pdf")).status == "ok"
        assert len(server.files) == len(before) + 1
        assert "an uploaded picture was not deleted" in "".join(capfd.readouterr())

    def test_the_last_call_of_a_process_leaves_nothing(self, server: LoopbackLLM, tmp_path: Path) -> None:
        server.faults.add(Fault("trickle", "delete"))
        scan = scanned_pdf(tmp_path / "scan", [page(text, size=(1240, 400)) for text in ("One", "Two")])
        before = server.files
        environment = {**os.environ, **server.environment("gigachat")}
        subprocess.run([sys.executable, "-c", LAST_CALL, str(scan)], env=environment, check=True)
        assert len(server.ledger.readings()) == 1
        assert server.files == before

    def test_the_model_says_which_version_it_is(self, server: LoopbackLLM) -> None:
        with reading_with(server, "gigachat") as vision:
            assert vision.ask(stored_photo()).model == f"{MODEL}:1.0"
            assert vision.recipe.model == MODEL  # as configured, so that it is known before anything is paid


class TestSecrets:
    @pytest.mark.parametrize("name", ["gigachat", "openai"])
    def test_no_secret_reaches_errors_logs_or_repr(
        self, name: str, server: LoopbackLLM, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = []
        settings = vision_settings(server, name)
        with reading_with(server, name) as vision:
            said += [repr(vision), repr(vars(vision)), repr(settings), repr(vision.ask(stored_photo()))]
            for kind in ("echo", "error", "expired", "cut"):
                server.faults.add(Fault(kind, times=2))
                try:
                    vision.read(stored_photo())
                except Exception as error:
                    said += [repr(error), str(error), repr(error.__cause__)]
                server.faults.clear()
        output = "\n".join([*said, caplog.text, *capfd.readouterr()])
        assert server.credentials not in output
        assert server.api_key not in output
        assert "token-" not in output


class TestLedger:
    def test_calls_are_told_apart(self, server: LoopbackLLM) -> None:
        with reading_with(server, "openai") as vision:
            server.faults.add(Fault("bad_fields"), Fault("error", after=2))
            vision.read(stored_photo("coffee"))
            with pytest.raises(Transient):
                vision.read(stored_photo("cat"))
            vision.read(stored_photo("cat"))
        ledger = server.ledger
        assert ledger.count() == {("chat", "ok"): 3, ("chat", "error"): 1}
        assert [call.repair for call in ledger.calls("chat")] == [False, True, False, False]
        assert len({call.pictures for call in ledger.readings()}) == 2
        assert ledger.tokens == sum(call.tokens for call in ledger.readings()) + ledger.calls("chat")[1].tokens

    def test_chats_about_pictures_and_posts_are_told_apart(self, server: LoopbackLLM) -> None:
        environment = server.environment("openai", tags=True)
        assert (environment["TAGGER"], environment["TAGGER_MODEL"]) == ("openai", MODEL)
        assert "TAGGER" not in server.environment("openai")
        server.faults.add(Fault("no_schema", times=0))  # then the words alone say what is wanted
        with reading_with(server, "openai") as vision, tagging_with(server, "openai") as tagger:
            vision.read(stored_photo())
            tagger.tag(post('{"tags": ["x"]} Городской парк открыт в Казани'))
        assert [(call.outcome, call.purpose) for call in server.ledger.calls("chat")] == [
            ("no_schema", "vision"),
            ("ok", "vision"),
            ("no_schema", "tags"),
            ("ok", "tags"),
        ]
        assert (len(server.ledger.readings()), len(server.ledger.taggings())) == (1, 1)

    def test_questions_are_told_apart_from_both(self, server: LoopbackLLM) -> None:
        environment = server.environment("openai", answers=True)
        assert (environment["ANSWERER"], environment["ANSWERER_MODEL"]) == ("openai", MODEL)
        assert "ANSWERER" not in server.environment("openai", tags=True)
        server.faults.add(Fault("no_schema", times=0))
        with tagging_with(server, "openai") as tagger, answering_with(server, "openai") as answerer:
            tagger.tag(post('{"answer": []} Городской парк открыт в Казани'))
            answerer.answer(question('{"tags": ["x"]} Где открыт городской парк?'))
        assert [call.purpose for call in server.ledger.calls("chat", outcome="ok")] == ["tags", "ask"]
        assert (len(server.ledger.taggings()), len(server.ledger.answers())) == (1, 1)
        assert server.ledger.readings() == []

    def test_known_pictures_get_their_answer(self, server: LoopbackLLM) -> None:
        with reading_with(server, "openai") as vision:
            vision.read(stored_photo())
        (picture,) = server.ledger.readings()[0].pictures
        answer = {"classification": "meme", "is_meme": True, "description": "Кофе.", "text": "Утро"}
        with LoopbackLLM(answers={picture: answer}) as other, reading_with(other, "openai") as vision:
            found = vision.read(stored_photo()).reading
        assert (found.description, found.ocr.text if found.ocr else None) == ("Кофе.", "Утро")


def test_without_openssl_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt install openssl"), LoopbackLLM():
        pass


def test_the_server_ends_while_clients_wait() -> None:
    with LoopbackLLM() as server, reading_with(server, "openai", vision_timeout=0.5) as vision:
        server.faults.add(Fault("hang", times=0))
        with pytest.raises(Transient):
            vision.read(stored_photo())
        started = time.monotonic()
    assert time.monotonic() - started < 30  # the client's request is never answered


def test_a_process_of_its_own_serves_and_ends(tmp_path: Path) -> None:
    state = tmp_path / "llm.json"
    process = subprocess.Popen([sys.executable, "-m", "app.demo.llm", "--state", str(state)])
    try:
        deadline = time.monotonic() + 120
        while not state.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert oct(os.stat(state).st_mode & 0o777) == "0o600"
        given = json.loads(state.read_text())["openai"]
        base = given["OPENAI_BASE_URL"]
        with httpx.Client(headers={"Authorization": f"Bearer {given['OPENAI_API_KEY']}"}) as client:
            assert client.get(f"{base}/models").json()["data"]
            ledger = client.get(f"{base.removesuffix('/v1')}/ledger").json()
        assert [call["operation"] for call in ledger["calls"]] == ["models"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
