"""What a model is told to tag, and what of its answer becomes tags."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.tagger.llm import prompt
from app.adapters.tagger.llm.answer import found, joined
from app.adapters.tagger.llm.document import data, digest, fields, speaks
from app.adapters.tagger.llm.prompt import Limits, echoes, prompt_hash, room, tagging, tokens
from app.domain.allotment import tokens as estimated
from app.domain.messages import Entity
from app.domain.vocabulary import Mode, Vocabulary, parse_vocabulary
from app.errors import UserError
from app.ports import TagInput
from tests.factories.answers import tag_answer
from tests.factories.posts import post

LIMITS = Limits(6000, 256)
SMALLEST = Limits(2500, 128)
RICH = TagInput(
    "Парк #открыт https://example.com/a",
    (("Парк #открыт https://example.com/a", (Entity("hashtag", 5, 7), Entity("url", 13, 21))),),
    ocr=("Добро пожаловать", "12:00"),
    labels=("park", "tree"),
    descriptions=("Аллея.",),
    classifications=("photo", "photo", "meme"),
    language="ru",
)


class TestData:
    def test_everything_that_tags_are_made_from_is_there(self) -> None:
        whole = data(RICH, 4000)
        assert whole.notes == ()
        assert json.loads(whole.json) == {
            "text": RICH.text,
            "hashtags": ["открыт"],
            "links": ["example.com"],
            "ocr": ["Добро пожаловать", "12:00"],
            "labels": ["park", "tree"],
            "descriptions": ["Аллея."],
            "kinds": ["photo", "meme"],
            "language": "ru",
        }
        assert tuple(fields(RICH)) == prompt.FIELDS

    def test_long_pictures_and_short_ones_all_keep_a_voice(self) -> None:
        document = post("слово " * 3000, ocr=("строка " * 3000, "вывеска", "надпись " * 2000), labels=("cat",))
        found = data(document, 1500)
        parsed = json.loads(found.json)
        assert estimated(found.json) <= 1500
        assert parsed["labels"] == ["cat"]
        assert [len(text) > 300 for text in parsed["ocr"]] == [True, False, True]
        assert parsed["ocr"][1] == "вывеска"
        assert [note.split(":")[0] for note in found.notes] == ["text", "ocr"]
        assert "of 18000 characters left out" in found.notes[0]

    def test_of_a_thousand_short_ones_the_first_and_the_last_stay(self) -> None:
        document = post("", labels=tuple(f"label{n}" for n in range(2000)))
        found = data(document, 600)
        (joined,) = json.loads(found.json)["labels"]
        assert joined.startswith("label0\nlabel1\n")
        assert joined.endswith("\nlabel1999")
        assert "characters left out ...)" in joined
        assert found.notes

    @settings(deadline=None, max_examples=60)
    @given(
        st.text(max_size=300),
        st.lists(st.text(max_size=60), max_size=6),
        st.integers(1, 60),
        st.integers(room(SMALLEST, None) // 2, 3000),
    )
    def test_no_publication_takes_more_than_its_room(self, text: str, more: list[str], times: int, given: int) -> None:
        document = post(text * times, ocr=tuple(more * times), labels=tuple(more), descriptions=tuple(more * 2))
        found = data(document, given)
        assert estimated(found.json) <= given
        assert set(json.loads(found.json)) == set(fields(document))  # every field has its share
        if not found.notes:
            kept = json.loads(found.json)
            assert all(kept[name] in (part, ["\n".join(part)]) for name, part in fields(document).items())

    def test_the_least_room_that_settings_allow_holds_a_share_of_everything(self) -> None:
        names = tuple(sorted(f"имя {chr(1072 + n // 32)}{chr(1072 + n % 32)}" for n in range(400)))
        fitting = next(
            count
            for count in range(400, 0, -1)
            if estimated(prompt._choice(Vocabulary(names[:count]))) <= room(SMALLEST, None) // 2
        )
        least = room(SMALLEST, Vocabulary(names[:fitting]))
        long = tuple("😀\n<" * 5000 for _ in range(30))
        marks = tuple(Entity("hashtag", 1, 3) for _ in range(2))
        document = TagInput("x" * 200_000, (("#abc", marks),), long, long, long, ("photo",) * 9, "ru")
        quoted = data(document, least)
        turns = tagging(quoted.json, Vocabulary(names[:fitting]))
        assert tokens(turns) <= SMALLEST.input_tokens
        assert set(json.loads(quoted.json)) == set(fields(document))

    def test_emoji_say_nothing_and_a_label_does(self) -> None:
        assert not any(map(speaks, (post(""), post("😀" * 300), post("12 345"), post("", classifications=("photo",)))))
        assert all(map(speaks, (post("я"), post("", ocr=("Стоп",)), post("", labels=("cat",)), RICH)))

    def test_the_digest_is_of_everything(self) -> None:
        changes: list[dict[str, Any]] = [{"text": "x"}, {"ocr": ()}, {"language": None}, {"entities": ()}]
        assert digest(RICH) == digest(dataclasses.replace(RICH))
        assert len({digest(RICH), *(digest(dataclasses.replace(RICH, **one)) for one in changes)}) == 5


class TestPrompt:
    def test_the_hash_follows_words_schema_and_numbers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = prompt_hash(LIMITS)
        assert first == prompt_hash(Limits(6000, 256))
        seen = {
            first,
            prompt_hash(Limits(5000, 256)),
            prompt_hash(Limits(6000, 300)),
            prompt_hash(Limits(6000, 256, 0)),
        }
        for name in ("SYSTEM", "TASK", "PREFER", "ONLY", "POST", "REPAIR"):
            monkeypatch.setattr(prompt, name, getattr(prompt, name) + " Please.")
            seen.add(prompt_hash(LIMITS))
        assert len(seen) == 10

    @pytest.mark.parametrize("mode", ["prefer", "only"])
    def test_the_vocabulary_is_told(self, mode: Mode) -> None:
        (_, user) = tagging("{}", Vocabulary(("казань", "парк"), mode))
        assert '\n["казань", "парк"]\n' in user.text
        assert ("from this list alone" in user.text) == (mode == "only")
        assert "list" not in tagging("{}", None)[1].text

    def test_a_vocabulary_beyond_its_share_is_told_with_a_remedy_that_helps(self) -> None:
        large = Vocabulary(tuple(f"название {chr(1072 + n % 32)}{n}" for n in range(1000)))
        with pytest.raises(UserError, match=r"1000 tags of TAG_VOCABULARY .* TAGGER_INPUT_TOKENS=6000") as raised:
            room(LIMITS, large)
        more = int(str(raised.value).rsplit(" ", 1)[1])
        assert room(Limits(6000 + more, 256), large) > 0

    @pytest.mark.parametrize(
        "tag", ["ocr", "assistant", "noun phrase", "role names in it", "archive", "парк", "node.js", "data"]
    )
    def test_echoes(self, tag: str) -> None:
        assert echoes(tag) == (tag in ("ocr", "assistant", "noun phrase", "role names in it"))


class TestAnswer:
    @pytest.mark.parametrize(
        ("tags", "kept"),
        [
            (["Парк", "#Казань", "парк ", "Мэр_города"], ["парк", "казань", "мэр города"]),
            (["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1", "i1"], ["a1", "b1", "c1", "d1", "e1", "f1", "g1"]),
            (["https://evil.example/x", "evil.example/x", "www.evil.example", "evil.example", "a@b.ru", "t.me/x"], []),
            (["<b>парк</b>", '{"a": 1}', "[INST]", "парк\nsystem: x", "x" * 41, "42", "", "\x00парк"], []),
            (["ocr", "system", "noun phrase", "never addressed to you", "descriptions"], []),
            (["C++", "R&D", "и/или", "covid-19"], ["c++", "r&d", "и или", "covid-19"]),
        ],
    )
    def test_what_is_a_tag(self, tags: list[str], kept: list[str]) -> None:
        assert list(found(tag_answer(*tags), None).tags) == kept

    def test_what_the_post_itself_says_is_no_echo_and_no_foreign_address(self) -> None:
        document = post("The noun phrase in OCR: node.js and example.com", ocr=("assistant",))
        tags = ("noun phrase", "ocr", "node.js", "example.com", "assistant", "other.com", "labels")
        assert found(tag_answer(*tags, document=document), None).tags == tags[:5]

    @pytest.mark.parametrize(
        ("text", "tags", "wrong"),
        [
            ("", (), "no JSON object"),
            ("Парк и Казань", (), "no JSON object"),
            ('{"tags": ["парк", "казань", "горо', ("парк", "казань"), "cut off"),  # not half a word
            ('{"tags": "парк, казань"}', ("парк", "казань"), None),
            ('{"tags": 5}', (), "tags: Input should be a valid list"),
            ('{"labels": ["парк"]}', (), "tags: Field required"),
            ('{"tags": ["парк", 5, null, {"name": "x"}, "лес"]}', ("парк", "лес"), "tags.1: Input should be"),
            ('Sure!\n```json\n{"tags": ["парк"]}\n```', ("парк",), None),
            ('<think>{"tags": ["нет"]}</think>{"tags": ["парк"]}', ("парк",), None),
            ('{"tags": ' * 50_000, (), "cannot be parsed"),
        ],
    )
    def test_forms_of_answers(self, text: str, tags: tuple[str, ...], wrong: str | None) -> None:
        read = found(tag_answer(text=text), None)
        assert read.tags == tags
        assert (wrong is None) == (not read.misformed)
        assert wrong is None or wrong in read.misformed[0]

    def test_too_few_is_a_problem_where_there_is_something_to_say(self) -> None:
        assert found(tag_answer("парк"), None).missing(tag_answer("парк"), None)
        short = tag_answer("утро", document=post("Доброе утро всем"))
        assert not found(short, None).missing(short, None)

    def test_only_may_be_fewer_and_foreign_ones_alone_are_a_problem(self) -> None:
        only = parse_vocabulary("парк = сад\nлес", "only")
        assert found(tag_answer("сад", "мост"), only).tags == ("парк",)
        assert not found(tag_answer("сад", "мост"), only).missing(tag_answer(), only)
        assert not found(tag_answer(), only).missing(tag_answer(), only)
        assert found(tag_answer("мост"), only).missing(tag_answer(), only)

    def test_a_short_repair_is_filled_from_the_first_answer(self) -> None:
        first, second = found(tag_answer("a1", "b1", 5), None), found(tag_answer("c1"), None)
        assert joined([first, second], None) == ("c1", "a1", "b1")
        assert joined([first, found(tag_answer("x1", "y1", "z1"), None)], None) == ("x1", "y1", "z1")

    @given(
        st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one))
    )
    def test_any_json_is_read_without_a_crash(self, value: Any) -> None:
        for text in (json.dumps({"tags": value}), json.dumps(value), str(value)):
            read = found(tag_answer(text=text), None)
            assert len(read.tags) <= 7
