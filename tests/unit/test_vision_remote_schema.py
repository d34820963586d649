"""What of a model's answer is taken, and what it is asked to look like."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.adapters.vision.remote.schema import json_schema, parse
from app.domain.kinds import Classification

GOOD: dict[str, Any] = {
    "classification": "screenshot",
    "is_meme": False,
    "description": "A chat.",
    "labels": [{"name": "Chat", "score": 0.9}],
    "objects": [],
    "language": "ru",
    "text": "Привет",
}


def test_a_good_answer_has_no_problems() -> None:
    found = parse(json.dumps(GOOD))
    assert found.problems == []
    assert found.answer.classification is Classification.SCREENSHOT
    assert found.answer.labels[0].name == "chat"


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", "Sure! {} I hope that helps {{", "<think>a {{draft}}: {{}}</think>{}", "\ufeff{}\n\n"],
)
def test_what_stands_around_an_answer_does_no_harm(wrapped: str) -> None:
    assert parse(wrapped.format(json.dumps(GOOD))).problems == []


@pytest.mark.parametrize("text", ["", "no", "[1, 2]", "null", "{", "{]", '"{"', "[" * 100_000, '{"a":' * 100_000])
def test_what_is_no_object_is_a_problem_and_no_crash(text: str) -> None:
    found = parse(text)
    assert found.problems
    assert found.given == frozenset()


@pytest.mark.parametrize("field", ["classification", "is_meme", "description"])
def test_what_an_answer_must_say_is_missed(field: str) -> None:
    found = parse(json.dumps({name: value for name, value in GOOD.items() if name != field}))
    assert found.problems == [f"{field}: missing"]


def test_empty_fields_may_be_left_out() -> None:
    assert parse('{"classification": "photo", "is_meme": false, "description": null}').problems == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("classification", "painting"),
        ("classification", ["painting"]),
        ("classification", "not a photo"),
        ("is_meme", "perhaps"),
        ("description", {"ru": "x"}),
        ("labels", 17),
        ("language", "Klingon"),
        ("text", True),
    ],
)
def test_a_wrong_field_is_left_out_and_named_without_its_value(field: str, value: object) -> None:
    found = parse(json.dumps({**GOOD, field: value}))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(field)
    assert found.given == frozenset(GOOD) - {field}
    assert "painting" not in found.problems[0]


def test_wrong_labels_go_and_right_ones_stay() -> None:
    labels = [{"name": "cat", "score": 0.9}, {"score": 0.9}, 17, {"name": " ", "score": 0.5}, {"name": "x" * 61}]
    found = parse(json.dumps({**GOOD, "labels": [*labels, {"name": "tree", "score": 0.4}]}))
    assert [label.name for label in found.answer.labels] == ["cat", "tree"]
    assert len(found.problems) == 3  # a blank says nothing


@pytest.mark.parametrize("score", ["NaN", "Infinity", "1e999", "-0.1"])
def test_scores_that_are_no_shares_are_wrong(score: str) -> None:
    text = json.dumps({**GOOD, "labels": [{"name": "cat", "score": 7.25}]}).replace("7.25", score)
    assert parse(text).answer.labels == []


def test_a_cut_answer_is_read_as_far_as_it_goes() -> None:
    whole = json.dumps({**GOOD, "text": "длинный текст " * 50}, ensure_ascii=False)
    found = parse(whole[:-100])
    assert found.problems == ["the JSON is cut off"]
    assert found.answer.description == "A chat."
    assert (found.answer.text or "").startswith("длинный текст")


def test_every_cut_of_an_answer_can_be_read() -> None:
    whole = json.dumps(GOOD, ensure_ascii=False)
    for end in range(len(whole)):
        found = parse(whole[:end])
        assert found.problems or end == len(whole) - 1  # where only the bracket is missing, nothing is
        assert found.answer.classification in (Classification.SCREENSHOT, Classification.OTHER)
        assert found.answer.language in ("ru", None)


def test_languages_come_in_several_spellings() -> None:
    assert [parse(json.dumps({**GOOD, "language": code})).answer.language for code in ("ru", "en-US", None)] == [
        "ru",
        "en",
        None,
    ]


def test_the_schema_is_one_that_strict_servers_take() -> None:
    def check(node: dict[str, Any]) -> None:
        assert set(node) <= {"type", "enum", "anyOf", "items", "properties", "required", "additionalProperties"}
        if node.get("type") == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False
        for one in [*node.get("properties", {}).values(), *node.get("anyOf", []), *filter(None, [node.get("items")])]:
            check(one)

    schema = json_schema()
    check(schema)
    assert list(schema["properties"])[-1] == "text"  # a cut answer loses the end of the text only
    assert schema["properties"]["classification"]["enum"] == [kind.value for kind in Classification]
