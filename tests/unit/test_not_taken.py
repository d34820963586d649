"""Errors of servers, in the words of many: the part of a request that each of them does not take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.adapters.llm.not_taken import names_one_of, not_taken, pictures_at_most, said
from app.domain.server_lessons import PARTS

ALL = frozenset(PARTS) - {"json_object"}


def openai(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}}


def vllm(message: str) -> dict[str, Any]:
    return {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400}


def fastapi(*loc: Any, msg: str) -> dict[str, Any]:
    return {
        "detail": [{"type": "x", "loc": ["body", *loc], "msg": msg, "input": "json_schema temperature system role"}]
    }


def openrouter(raw: Any) -> dict[str, Any]:
    return {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": json.dumps(raw)}}}


SYSTEM: list[tuple[int, Any]] = [
    (400, vllm("System role not supported")),
    (500, "Internal Server Error: jinja2.exceptions.TemplateError: System role not supported"),
    (400, openai("Conversation roles must alternate user/assistant/user/assistant/...")),
    (500, openai("Only user and assistant roles are supported!")),
    (400, [{"error": {"code": 400, "message": "Developer instruction is not enabled for models/gemma-3-27b-it"}}]),
    (400, openai("Unsupported value: 'messages[0].role' does not support 'system' with this model.")),
    (422, fastapi("messages", 0, "role", msg="Input should be 'user' or 'assistant'")),
    (400, openai("This model does not support system messages.")),
    (400, openai("system prompt is not supported by this model")),
    (400, openai("Unexpected role 'system' in the first message")),
    (400, openai("invalid role: system")),
    (500, {"error": "template: the chat template doesn't accept a system message"}),
    (400, openai("prompting with images is incompatible with system messages")),
    (400, openai("Message role must be one of user, assistant")),
    (500, {"error": "expected role user, got system"}),
    (400, openai("this template has no system role")),
    (500, openai("ValueError: Can not use system role with this chat template")),
    (400, openai("Invalid value: 'system'. Supported values are: 'user' and 'assistant'.")),
    (400, openai("The first message must be from the 'user' role")),
    (400, openrouter({"error": {"message": "System messages are not supported by this provider"}})),
]
SCHEMA: list[tuple[int, Any]] = [
    (400, {"error": "'response_format.type' must be 'json_object' or 'text'"}),
    (400, openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")),
    (400, openai("This response_format type is unavailable now")),
    (400, openai("Failed to initialize samplers: failed to parse grammar", code=400)),
    (500, openai("Failed to initialize samplers: std::exception")),
    (500, {"error": {"code": 500, "message": "failed to parse grammar", "type": "server_error"}}),
    (400, vllm("The provided JSON schema contains features not supported by xgrammar.")),
    (422, {"error": "Input validation error: grammar is not valid: Grammar must have a 'properties' field"}),
    (422, "Failed to deserialize the JSON body into the target type: response_format: unknown variant `json_schema`"),
    (501, openai("structured outputs are not implemented for this backend")),
    (400, openai("Invalid schema for response_format 'reading': 'additionalProperties' is required")),
    (500, {"error": "parse: error parsing grammar: Undefined rule identifier 'labels-item'"}),
    (400, {"error": "'response_format.json_schema.schema' must be an object"}),
    (400, {"error": {"message": "guided decoding is disabled on this server"}}),
    (400, openai("'json_schema' is not one of ['json_object', 'text'] - 'response_format.type'")),
    (422, openai("JSON output is not available for this model")),
    (400, openrouter({"message": "json mode is not supported"})),
    (400, fastapi("response_format", msg="Extra inputs are not permitted")),
]
PICTURES: list[tuple[int, Any]] = [
    (400, openai("this model does not support image input (ref: b8bd)")),
    (500, openai("image input is not supported - hint: if this is unexpected, you may need to provide the mmproj")),
    (500, openai("image input is not supported by this server", code=500)),
    (400, openai("Invalid content type. image_url is only supported by certain models.")),
    (400, vllm("At most 0 image(s) may be provided in one prompt.")),
    (400, vllm("/models/llama is not a multimodal model")),
    (404, openai("No endpoints found that support image input", code=404)),
    (400, openai("Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text`")),
    (400, {"error": "Model does not support images. Please use a model that does."}),
    (422, fastapi("messages", 1, "content", msg="Input should be a valid string")),
    (422, "messages[1].content: invalid type: sequence, expected a string at line 1 column 60"),
    (500, {"error": "json: cannot unmarshal array into Go struct field .messages.content of type string"}),
    (400, "data did not match any variant of untagged enum ChatCompletionRequestContent"),
    (500, {"error": "this model is missing data required for image input"}),
    (500, {"error": "vision model not found"}),
    (400, {"status": 400, "message": "Model GigaChat does not support attachments"}),
    (422, {"status": 422, "message": "модель не поддерживает вложения"}),
    (400, openai("This is a text-only model")),
    (400, openai("multimodal inputs are not available for deepseek-chat")),
    (400, openai("Images are not supported")),
    (500, "The server was not compiled for multimodal or the model projector can't be loaded."),
    (400, openai("llama-3 cannot see images")),
    (
        400,
        openai("ValueError: Vision add-on is not loaded, but images were provided"),
    ),
    (400, openai("only multimodal models accept images")),
    (400, openai("Images can't be processed by this model")),
    (400, openai("message[1].content must be a string")),
    (
        500,
        openai(
            'Failed to parse messages: Unsupported content part type: "image_url"; messages = [ { "role": "system", '
            '"content": "Answer with one JSON object and nothing else. The temperature is unsupported." } ]'
        ),
    ),
    (
        400,
        vllm(
            "[{'type': 'string_type', 'loc': ('body', 'messages', 1, 'content'), 'msg': "
            "'Input should be a valid string', 'input': [{'type': 'text', 'text': 'one JSON object'}]}]"
        ),
    ),
    (400, openai("This endpoint accepts text input only")),
    (400, openai("The selected model lacks vision capabilities")),
    (422, openai("Unsupported modality: image")),
    (400, openai("input modalities of this model: ['text']")),
    (400, openai("Cannot read image. This model does not support image input.")),
    (400, openai("invalid content: only text parts are supported")),
    (400, openai("unable to process images with this checkpoint")),
    (400, openai("Unsupported content type: image_url")),
    (415, openai("vision is disabled for this deployment")),
    (400, openrouter({"error": {"message": "image_url is not supported by this model"}})),
]
SEVERAL: list[tuple[int, Any]] = [
    (400, vllm("At most 1 image(s) may be provided in one request.")),
    (400, openai("This model only supports one image per request")),
    (400, openai("Too many images: 3 given, the limit is 2")),
    (400, openai("multiple images are not supported")),
    (500, {"error": "vision model only supports a single image per message"}),
    (400, openai("The model does not support multiple images in one prompt")),
    (400, openai("You may include at most one image")),
    (400, openai("images per request limit: 1")),
    (400, openai("you can only attach 1 image to a message")),
    (500, {"error": "expected 1 image, got 3"}),
    (422, openai("The number of images exceeds the maximum of 1")),
]
LARGE: list[tuple[int, Any]] = [
    (400, vllm("This model's maximum context length is 4096 tokens. However, you requested 4200 tokens.")),
    (400, openai("the request exceeds the available context size. try increasing the context size", n_ctx=4096)),
    (400, openai("Requested tokens (5000) exceed context window of 2048")),
    (422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000"}),
    (
        400,
        vllm(
            "The decoder prompt (length 15983) is longer than the maximum model length of 8192. For image inputs, ..."
        ),
    ),
    (
        400,
        openai("messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6507076 bytes > 5242880 bytes"),
    ),
    (400, openai("At least one of the image dimensions exceed max allowed size: 8000 pixels")),
    (400, openai("image too large")),
    (413, ""),
    (413, "<html><h1>413 Request Entity Too Large</h1></html>"),
    (400, openai("Payload too large")),
    (400, openai("too long", code="context_length_exceeded")),
    (500, openai("the prompt is too long: 5000 tokens")),
    (400, {"error": "Trying to keep the first 5266 tokens when context the overflows. context length of only 4096"}),
    (400, openai("Total number of tokens 5000 is greater than 4096")),
    (500, openai("failed to find free space in the KV cache")),
    (400, openai("image resolution is too high")),
    (400, openai("Input exceeds the limit of 8192 tokens")),
    (400, {"status": 400, "message": "Prompt is too long, reduce the number of tokens"}),
    (
        400,
        openai("'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is 600"),
    ),
]
OTHERS: list[tuple[str, int, Any]] = [
    ("max_tokens", 400, openai("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
    ("max_tokens", 422, openai("max_tokens is not supported; use `max_completion_tokens`")),
    ("temperature", 400, openai("Unsupported value: 'temperature' does not support 0.1. Only the default (1)")),
    ("temperature", 400, openai("`temperature` is deprecated for this model.")),
    ("temperature", 400, openai("temperature must be 1 when thinking is enabled. only 1 is allowed")),
    ("temperature", 400, openai("litellm: models don't support temperature=0.1. Only temperature=1 is supported.")),
]
CASES = [
    *(("system", *one) for one in SYSTEM),
    *(("json_schema", *one) for one in SCHEMA),
    *(("pictures", *one) for one in PICTURES),
    *(("several_pictures", *one) for one in SEVERAL),
    *(("too_large", *one) for one in LARGE),
    *OTHERS,
]
# Errors that another form of the request does not mend: the verdict on them stays as it was.
NONE: list[tuple[int, Any]] = [
    (400, openai("something else")),
    (415, openai("Unsupported image type image/heic")),
    (500, openai("Unexpected system error")),
    (500, openai("unknown file system")),
    (400, openai("height:17 and width:134 must be larger than factor:28")),
    (400, openai("image dimensions must be larger than 28 pixels")),
    (400, ""),
    (400, openai("You uploaded an unsupported image. Please make sure your image is valid.")),
    (400, openai("Unsupported image format: webp. Use one of the following image formats: png, jpeg")),
    (400, openai("Invalid base64 image_url.")),
    (400, openai("Could not process image")),
    (500, openai("failed to decode image bytes")),
    (400, openai("cannot identify image file")),
    (400, openai("max_tokens is too large: 99999. This model supports at most 4096 completion tokens")),
    (400, openai("temperature must lie between 0 and 2")),
    (500, openai("CUDA out of memory")),
    (500, openai("Internal server error")),
    (503, openai("System role not supported")),  # a server that is away says nothing about the request
    (429, openai("Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 33000")),
    (401, openai("image input is not supported for this key")),
    (400, openai("The operating system of the server is unsupported by this driver")),
    (400, openai("model is loading")),
]


def body_of(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


@pytest.mark.parametrize(("cause", "status", "content"), CASES)
def test_what_is_not_taken(cause: str, status: int, content: Any) -> None:
    assert not_taken(status, body_of(content), ALL) == cause


@pytest.mark.parametrize(("status", "content"), NONE)
def test_what_is_wrong_for_another_reason(status: int, content: Any) -> None:
    assert not_taken(status, body_of(content), ALL) is None


@pytest.mark.parametrize(("cause", "status", "content"), [one for one in CASES if one[0] not in ("too_large",)])
def test_a_part_that_was_not_sent_is_not_the_reason(cause: str, status: int, content: Any) -> None:
    assert not_taken(status, body_of(content), ALL - {cause}) != cause


def test_words_of_the_request_that_an_error_repeats_prove_nothing() -> None:
    repeated = {
        "detail": [{"msg": "field required", "input": {"role": "system", "content": "images are not supported"}}]
    }
    assert said(body_of(repeated)) == "field required"
    assert not_taken(422, body_of(repeated), ALL) is None


def test_bodies_that_are_nested_deeply_do_no_harm() -> None:
    deep = ("[" * 5000).encode()
    assert not_taken(400, deep, ALL) is None
    assert said(b'{"error": ' * 50 + b'"x"' + b"}" * 50)


def test_the_number_of_pictures_that_is_named() -> None:
    assert pictures_at_most(b"At most 2 image(s) may be provided", 3) == 2
    assert pictures_at_most(b"multiple images are not supported", 3) == 1
    assert pictures_at_most(b'{"error": {"message": "Too many images: 5", "code": 400}}', 5) == 1


def test_a_field_of_a_person_is_named() -> None:
    unknown = body_of(openai("Unrecognized request argument supplied: chat_template_kwargs"))
    assert names_one_of(unknown, ["top_k", "chat_template_kwargs"]) == "chat_template_kwargs"
    assert names_one_of(body_of(openai("something about top_k_sampling is invalid")), ["top_k"]) is None
