"""The form of a vision answer: its schema for the server, its check, and the valid parts of a broken answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from app.adapters.llm.answers import json_object
from app.adapters.llm.candidates import Form
from app.adapters.vision.remote import values
from app.domain.images import clean_text
from app.domain.kinds import Classification


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


Name = Annotated[str, StringConstraints(to_lower=True, max_length=60), AfterValidator(_one_line), Field(min_length=1)]


class Named(BaseModel):
    """A thing or topic, with the model's own confidence."""

    name: Name
    score: float = Field(ge=0, le=1)


class VisionAnswer(BaseModel):
    """One answer. The text comes last: an answer that is cut at the limit of tokens loses nothing but its end."""

    model_config = ConfigDict(extra="ignore")
    classification: Annotated[Classification, BeforeValidator(values.kind)] = Classification.OTHER
    is_meme: Annotated[bool, BeforeValidator(values.yes_or_no)] = False
    description: Annotated[Annotated[str, AfterValidator(_one_line)] | None, BeforeValidator(values.description)] = None
    labels: list[Named] = []
    objects: list[Named] = []
    language: Annotated[str | None, BeforeValidator(values.language)] = None
    text: Annotated[Annotated[str, AfterValidator(clean_text)] | None, BeforeValidator(values.text)] = None


# An answer without these fields tells nothing; servers without schema support often leave out other, empty ones.
NEEDED = ("classification", "is_meme", "description")
FORM = Form(tuple(VisionAnswer.model_fields), frozenset(NEEDED), synonyms=values.FIELDS, hollow=values.is_example)


class Parsed(BaseModel):
    """What an answer says. problems: why it is not whole; empty for a good one."""

    answer: VisionAnswer = VisionAnswer()
    given: frozenset[str] = frozenset()  # its valid fields
    problems: list[str] = []


def json_schema() -> dict[str, Any]:
    """The JSON Schema that servers enforce: no references, every field required, no other field allowed.

    OpenAI's strict mode accepts no other form. Limits on values are left out, because several servers refuse them; we
    check them ourselves.
    """
    full = VisionAnswer.model_json_schema()
    return dict(_strict(full, full.get("$defs", {})))


def _strict(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_strict(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _strict(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    kept = {key: _strict(node[key], definitions) for key in ("type", "enum", "anyOf", "items") if key in node}
    if "properties" in node:
        kept["properties"] = {name: _strict(one, definitions) for name, one in node["properties"].items()}
        kept |= {"required": list(node["properties"]), "additionalProperties": False}
    return kept


def parse(text: str) -> Parsed:
    """Parses the valid parts of a model's answer."""
    data, problem = json_object(text, FORM)
    if data is None:
        return Parsed(problems=[problem or "not a JSON object"])
    problems = [problem] if problem else []
    data |= {name: values.things(data[name]) for name in ("labels", "objects") if name in data}
    problems += [f"{name}: missing" for name in NEEDED if name not in data]
    answer, wrong = _valid(data)
    return Parsed(
        answer=answer, given=frozenset(data) & frozenset(VisionAnswer.model_fields), problems=problems + wrong
    )


def _valid(data: dict[str, Any]) -> tuple[VisionAnswer, list[str]]:
    """The answer without invalid fields and list items; also removes them from `data`."""
    problems: list[str] = []
    while True:
        try:
            return VisionAnswer.model_validate(data), problems
        except ValidationError as error:
            # Without values: problems are sent back to the model and shown to users.
            found = error.errors(include_url=False, include_context=False, include_input=False)
        problems += [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found]
        for place in sorted({one["loc"][:2] for one in found}, key=_last_first):
            _remove(data, place)


def _last_first(place: tuple[int | str, ...]) -> int:
    return -place[1] if len(place) > 1 and isinstance(place[1], int) else 1


def _remove(data: dict[str, Any], place: tuple[int | str, ...]) -> None:
    field = str(place[0])
    if len(place) > 1 and isinstance(place[1], int):
        data[field] = [one for number, one in enumerate(data[field]) if number != place[1]]
    else:
        data.pop(field, None)
