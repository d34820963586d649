"""Servers that refuse parts of a request: asked again without them, free of charge, and only once for all questions."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.adapters.llm.adapting import HALVED, MOST
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.remote.prompt import SYSTEM
from app.adapters.vision.remote.vision import RemoteVision
from app.demo.llm import Fault, LoopbackLLM
from app.demo.llm.http import Reply
from app.domain.server_lessons import Endpoint, MemoryLessons
from app.errors import Declined, Incapable, Misconfigured, Skip, Unavailable
from app.ports import MediaInput
from app.settings import Settings
from tests.factories.files import scanned_pdf, stored, stored_photo
from tests.factories.pictures import ENGLISH, page
from tests.factories.posts import RU_POST, post
from tests.factories.providers import reading_with
from tests.factories.scripted_server import MODEL, ScriptedServer, pictures, roles, scripted, words

Body = dict[str, Any]
Wanted = Callable[[Body], bool]  # whether a request has the part that a server does not take


def error(status: int, message: Any) -> Reply:
    """A refusal as most servers write it; another body where `message` is none of words."""
    return Reply(status, message if isinstance(message, dict) else {"error": {"message": message, "code": status}})


def refusing(*rules: tuple[Wanted, Reply]) -> Callable[[Body], Reply | None]:
    """Refuses a request by the first rule that it breaks."""
    return lambda body: next((reply for wanted, reply in rules if wanted(body)), None)


def has_system(body: Body) -> bool:
    return "system" in roles(body)


def has_form(*types: str) -> Wanted:
    return lambda body: body.get("response_format", {}).get("type") in types


def has_pictures(more_than: int) -> Wanted:
    return lambda body: len(pictures(body)) > more_than


NO_SYSTEM = (has_system, error(400, "System role not supported"))
NO_SCHEMA = (has_form("json_schema"), error(400, "'response_format.type' must be 'json_object' or 'text'"))
NO_JSON = (has_form("json_object"), error(422, "response_format: missing field `value` at line 1 column 168"))
ONE_PICTURE = (has_pictures(1), error(400, "At most 1 image(s) may be provided in one request."))
NO_PICTURES = (has_pictures(0), error(500, "image input is not supported - hint: you may need to provide the mmproj"))
NO_LIMIT = (
    lambda body: "max_tokens" in body,
    error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
)
NO_TEMPERATURE = (lambda body: "temperature" in body, error(400, "`temperature` is deprecated for this model."))


def seeing(server: ScriptedServer, lessons: MemoryLessons | None = None, **changes: Any) -> RemoteVision:
    """A reader on this server, as one process has it."""
    return remote_vision(Settings(**{**server.environment, **changes}), "openai", lessons)


@pytest.mark.parametrize(
    "reply",
    [
        error(400, {"object": "error", "message": "System role not supported", "code": 400}),
        Reply(200, {"error": {"message": "System role not supported", "code": 400}}),  # as gateways tell errors
        error(500, "jinja2.exceptions.TemplateError: Conversation roles must alternate user/assistant/user/assistant"),
        error(
            422, {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Input should be 'user' or 'assistant'"}]}
        ),
    ],
)
def test_without_a_system_role_its_words_begin_the_first_message(reply: Reply) -> None:
    with scripted(refusing((has_system, reply))) as server:
        vision = seeing(server)
        readings = [vision.read(stored_photo(name)).reading for name in ("coffee", "cat")]
        assert [reading.description for reading in readings] == ["A cat on a window sill."] * 2
        vision.close()
        assert [roles(body) for body in server.bodies] == [["system", "user"], ["user"], ["user"]]
        assert words(server.bodies[1]).startswith(f"{SYSTEM}\n\nHere is a picture.")
        assert pictures(server.bodies[1]) == pictures(server.bodies[0])


def test_a_repair_without_a_system_role_keeps_the_order_of_turns() -> None:
    with scripted(refusing(NO_SYSTEM)) as server:
        vision = seeing(server)
        vision.repair(vision.ask(stored_photo()), "language: not a code")
        vision.close()
        assert [roles(body) for body in server.bodies] == [["system", "user"], ["user"], ["user", "assistant", "user"]]


@pytest.mark.parametrize(
    ("rules", "forms"),
    [
        ((NO_SCHEMA,), ["json_schema", "json_object"]),
        ((NO_SCHEMA, NO_JSON), ["json_schema", "json_object", None]),
        (
            ((has_form("json_schema", "json_object"), error(400, "Failed to initialize samplers: std::exception")),),
            ["json_schema", "json_object", None],
        ),
        (
            ((has_form("json_schema", "json_object"), error(501, "structured outputs are not implemented")),),
            ["json_schema", "json_object", None],
        ),
    ],
)
def test_forms_of_an_answer_are_tried_one_after_another(rules: Any, forms: list[str | None]) -> None:
    with scripted(refusing(*rules)) as server:
        vision = seeing(server)
        assert vision.read(stored_photo()).status == "ok"
        vision.read(stored_photo("cat"))
        vision.close()
        assert [body.get("response_format", {}).get("type") for body in server.bodies] == [*forms, forms[-1]]


def test_all_parts_that_a_server_refuses_cost_one_answer() -> None:
    rules = (NO_LIMIT, NO_TEMPERATURE, NO_SCHEMA, NO_JSON, NO_SYSTEM)
    with scripted(refusing(*rules)) as server:
        vision = seeing(server)
        analysis = vision.read(stored_photo())
        assert (analysis.status, analysis.calls, analysis.tokens) == ("ok", 1, 150)
        assert len(server.bodies) == len(rules) + 1 <= MOST
        assert set(server.bodies[-1]) == {"model", "messages", "max_completion_tokens"}
        vision.close()


def test_a_server_that_always_refuses_is_left_after_each_form() -> None:
    """Its words name a part that the request does not have any more."""
    with scripted(lambda _: error(400, "System role not supported")) as server:
        vision = seeing(server)
        with pytest.raises(Declined, match="System role not supported"):
            vision.ask(stored_photo())
        assert len(server.bodies) == 2
        vision.close()


@pytest.mark.parametrize(("status", "kind"), [(400, Declined), (500, Unavailable)])
def test_a_refusal_for_an_unknown_reason_is_asked_once(status: int, kind: type[Exception]) -> None:
    with scripted(lambda _: error(status, "the stars are wrong")) as server:
        vision = seeing(server)
        with pytest.raises(kind, match="the stars are wrong"):
            vision.ask(stored_photo())
        assert len(server.bodies) == 1
        vision.close()


class TestPictures:
    @pytest.mark.parametrize(
        "reply",
        [
            NO_PICTURES[1],
            Reply(200, {"message": "Model doesn't support attachments", "status": 422}),  # as gateways tell errors
            error(200, "image input is not supported - mmproj?"),
            error(400, {"object": "error", "message": "At most 0 image(s) may be provided in one prompt."}),
            error(404, "No endpoints found that support image input"),
            error(400, "Invalid content type. image_url is only supported by certain models."),
            error(
                422, {"detail": [{"loc": ["body", "messages", 1, "content"], "msg": "Input should be a valid string"}]}
            ),
        ],
    )
    def test_a_model_without_eyes_names_the_setting_and_is_asked_once(self, reply: Reply) -> None:
        with scripted(refusing((has_pictures(0), reply))) as server:
            vision = seeing(server)
            for name in ("coffee", "cat"):
                with pytest.raises(Incapable, match=r"m-1 takes no pictures .* set VISION_MODEL"):
                    vision.ask(stored_photo(name))
            vision.close()
            assert len(server.bodies) == 1

    def test_its_tags_go_on(self) -> None:
        lessons = MemoryLessons()
        with scripted(refusing(NO_PICTURES)) as server:
            vision, tagger = seeing(server, lessons), llm_tagger(Settings(**server.environment), None, lessons)
            with pytest.raises(Incapable):
                vision.ask(stored_photo())
            tagger.ask(post(RU_POST))
            vision.close()
            tagger.close()
            assert len(server.bodies) == 2

    def test_a_broken_picture_is_not_taken_for_a_model_without_eyes(self) -> None:
        broken = error(400, "You uploaded an unsupported image. Please make sure your image is valid.")
        with scripted(refusing((has_pictures(0), broken))) as server:
            vision = seeing(server)
            with pytest.raises(Declined):
                vision.ask(stored_photo())
            vision.close()

    def test_of_several_pictures_a_server_gets_as_many_as_it_takes(self, tmp_path: Path) -> None:
        document = stored(scanned_pdf(tmp_path / "three", [page(ENGLISH)] * 3), "application/pdf")
        with scripted(refusing(ONE_PICTURE)) as server:
            vision = seeing(server)
            raw = vision.ask(document)
            assert [len(pictures(body)) for body in server.bodies] == [3, 1]
            assert pictures(server.bodies[1]) == pictures(server.bodies[0])[:1]
            assert raw.notes == ("1 of 3 pictures sent: the server takes no more in a request",)
            assert vision.ask(stored_photo()).notes == ()
            vision.close()

    def test_fewer_and_fewer_where_the_words_name_no_number(self, tmp_path: Path) -> None:
        document = stored(scanned_pdf(tmp_path / "three", [page(ENGLISH)] * 3), "application/pdf")
        two = (has_pictures(2), error(400, "Too many images: the limit is 2"))
        with scripted(refusing(two)) as server:
            vision = seeing(server)
            vision.ask(document)
            server.refuse = refusing(two, (has_pictures(1), error(400, "multiple images are not supported")))
            vision.ask(document)
            vision.close()
            assert [len(pictures(body)) for body in server.bodies] == [3, 2, 2, 1]


class TestLargeQuestions:
    def larger_than(self, side: int) -> Wanted:
        return lambda body: any(max(_size(url)) > side for url in pictures(body))

    def test_pictures_of_half_the_size_are_tried_once(self, tmp_path: Path) -> None:
        too_large = error(400, "This model's maximum context length is 2048 tokens. However, you requested 2400 tokens")
        with scripted(refusing((self.larger_than(640), too_large))) as server:
            vision = seeing(server)
            raw = vision.ask(_wide(tmp_path, 800))
            vision.ask(_wide(tmp_path, 400))
            assert [_size(url)[0] for body in server.bodies for url in pictures(body)] == [800, 400, 400]
            assert raw.notes == (HALVED,)
            vision.ask(_wide(tmp_path, 800))  # no lesson: the next picture may fit
            assert len(server.bodies) == 5
            vision.close()

    @pytest.mark.parametrize(
        ("status", "said"), [(413, "Payload Too Large"), (500, "exceeds the available context size")]
    )
    def test_a_picture_that_is_still_too_large_is_skipped_with_the_reason(
        self, status: int, said: str, tmp_path: Path
    ) -> None:
        with scripted(refusing((has_pictures(0), error(status, said)))) as server:
            vision = seeing(server)
            with pytest.raises(Skip, match=rf"{said}: too large for the provider; lower VISION_MAX_SIDE"):
                vision.ask(_wide(tmp_path, 800))
            vision.close()
            assert len(server.bodies) == 2

    def test_words_alone_cannot_be_made_smaller(self) -> None:
        with scripted(
            lambda _: error(400, "Input validation error: `inputs` must have less than 1024 tokens")
        ) as server:
            tagger = llm_tagger(Settings(**server.environment))
            with pytest.raises(Skip, match="TAGGER_INPUT_TOKENS"):
                tagger.ask(post(RU_POST))
            tagger.close()
            assert len(server.bodies) == 1


def test_a_field_of_a_person_that_a_server_does_not_know_is_a_wrong_setting() -> None:
    unknown = error(400, "Unrecognized request argument supplied: chat_template_kwargs")
    with scripted(refusing((lambda body: "chat_template_kwargs" in body, unknown))) as server:
        vision = seeing(server, openai_extra_body='{"chat_template_kwargs": {"enable_thinking": false}}')
        with pytest.raises(Misconfigured, match="check chat_template_kwargs in OPENAI_EXTRA_BODY"):
            vision.ask(stored_photo())
        assert len(server.bodies) == 1
        vision.close()


def test_lessons_are_of_one_model_on_one_server_and_hold_no_secret() -> None:
    lessons = MemoryLessons()
    echo = (has_system, error(400, "System role not supported (key sk-5ec2e7)"))
    with scripted(refusing(echo)) as server:
        address = server.url.replace("//", "//me:pa55word@")
        vision = seeing(server, lessons, openai_base_url=address, openai_api_key="sk-5ec2e7")
        vision.ask(stored_photo())
        other = seeing(server, lessons, vision_model="m-2")
        other.ask(stored_photo())
        vision.close()
        other.close()
        assert len(server.bodies) == 4
        [lesson] = lessons.known(Endpoint("openai", server.url, MODEL)).values()
        assert (lesson.part, lesson.words) == ("system", "System role not supported (key ***) 400")


def test_a_rejected_request_leaves_no_call_with_an_unknown_end(server: LoopbackLLM) -> None:
    """After it the upload of the next attempt hangs: nothing that is out can have been paid for."""
    server.faults.add(Fault("no_schema"), Fault("hang", "upload", after=1))
    with reading_with(server, "gigachat", vision_timeout=0.8) as vision, pytest.raises(Unavailable):
        vision.ask(stored_photo())
    assert [call.outcome for call in server.ledger.calls("chat")] == ["no_schema"]


def test_threads_that_ask_at_once_all_get_their_answer() -> None:
    together = threading.Barrier(4, timeout=10)

    def refuse(body: Body) -> Reply | None:
        if has_system(body):
            together.wait()  # all four are out before the first lesson
            return NO_SYSTEM[1]
        return None

    with scripted(refuse) as server, ThreadPoolExecutor(4) as pool:
        vision = seeing(server)
        assert {raw.text != "" for raw in pool.map(vision.ask, [stored_photo()] * 4)} == {True}
        vision.close()
        assert len(server.bodies) == 8


def _wide(folder: Path, width: int) -> MediaInput:
    path = folder / f"{width}.png"
    Image.effect_noise((width, width // 2), 40).convert("RGB").save(path)
    return stored(path, "image/png")


def _size(url: str) -> tuple[int, int]:
    with Image.open(io.BytesIO(base64.b64decode(url.partition("base64,")[2]))) as image:
        return image.size
