"""The controlled vocabulary: its file, what it makes of tags, and what of a post it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.tagger import local_tagger
from app.adapters.tagger.terms import Terms
from app.adapters.tagger.vocabulary import load_vocabulary
from app.domain.tags import MAX_TAGS
from app.domain.vocabulary import Mode, Vocabulary, parse_vocabulary
from app.errors import UserError
from app.settings import Settings
from tests.factories.posts import post

FILE = """
# what the newsroom writes about

#Городской_Парк = сквер, Сады   # and gardens
Выборы=голосование
C++
нью-йорк
"""


def test_names_and_other_words_have_one_spelling() -> None:
    found = parse_vocabulary(FILE, "only")
    assert found.names == ("c++", "выборы", "нью-йорк")  # a line that begins with # is a comment, hashtag or not
    found = parse_vocabulary(FILE.replace("#Городской", "Городской"), "only")
    assert found.names == ("c++", "выборы", "городской парк", "нью-йорк")
    assert found.synonyms == (("голосование", "выборы"), ("сады", "городской парк"), ("сквер", "городской парк"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("парк\n!!!", "line 2: '!!!' is no tag"),
        ("парк\n\n42", "line 3: '42' is no tag"),
        ("парк, сквер", "line 1: write one tag a line"),
        ("a b = c d = e f", "line 1: write one tag a line"),
        ("парк =", "line 1: '' is no tag"),
        ("парк = сквер,, сад", "line 1: '' is no tag"),
        ("x" * 41, "line 1: .* is no tag: write 2 to 40 characters"),
        ("парк = сад\nдача = сад", "line 2: 'сад' means 'дача' here and 'парк' in line 1: leave one"),
        ("парк = сад\nСад", "line 2: 'сад' means 'сад' here and 'парк' in line 1"),
        ("сад\nпарк = сад", "line 2: 'сад' means 'парк' here and 'сад' in line 1"),
        ("", "no tag in it"),
        ("\n#парк\n", "no tag in it.*comments"),
    ],
)
def test_a_bad_file_is_told_line_and_remedy(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_vocabulary(text, "only")


def test_the_same_name_twice_means_one_thing() -> None:
    assert parse_vocabulary("парк = сквер\nПарк = сад\nпарк = парк", "only").synonyms == (
        ("сад", "парк"),
        ("сквер", "парк"),
    )


def test_the_hash_follows_meaning_and_not_the_order_of_lines() -> None:
    first = parse_vocabulary("парк = сквер\nлес", "only").hash
    assert first == parse_vocabulary("# new\nЛес\n\nпарк = Сквер", "only").hash
    others = [parse_vocabulary("парк = сквер\nлес", "prefer"), parse_vocabulary("парк\nлес", "only")]
    others += [parse_vocabulary("парк = сквер\nлес\nполе", "only")]
    assert len({first, *(one.hash for one in others)}) == 4
    assert len(first) == 64


def test_other_words_become_names_and_the_mode_decides_on_the_rest() -> None:
    tags = ["мост", "сквер", "лес", "парк"]
    assert parse_vocabulary("парк = сквер\nлес", "only").apply(tags) == ["парк", "лес"]
    assert parse_vocabulary("парк = сквер\nлес", "prefer").apply(tags) == ["парк", "лес", "мост"]
    assert parse_vocabulary("река", "only").apply(tags) == []


words = st.sampled_from([f"слово {chr(1072 + n)}" for n in range(20)])


@given(st.lists(words, min_size=1, unique=True), st.lists(words), st.sampled_from(["prefer", "only"]))
def test_what_apply_answers_is_bounded_unique_and_stable(names: list[str], tags: list[str], mode: Mode) -> None:
    vocabulary = Vocabulary(tuple(sorted(names)), mode)
    found = vocabulary.apply(tags)
    assert len(found) == len(set(found)) <= MAX_TAGS
    assert set(found) <= (set(names) & set(tags) if mode == "only" else set(tags))
    assert found == sorted(found, key=lambda tag: tag not in names)  # its own come first
    assert vocabulary.apply(found) == found


class TestFile:
    def test_it_is_read_as_configured(self, tmp_path: Path) -> None:
        (tmp_path / "tags.txt").write_text("\ufeff" + FILE.replace("\n", "\r\n"), encoding="utf-8")
        found = load_vocabulary(Settings(tag_vocabulary=tmp_path / "tags.txt", tag_vocabulary_mode="only"))
        assert found == parse_vocabulary(FILE, "only")
        assert load_vocabulary(Settings()) is None

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, "cannot be read: No such file"),
            ("парк".encode("cp1251"), "is not UTF-8: save it"),
            (b"park\n!", "line 2: '!' is no tag"),
            (b"", "no tag in it"),
        ],
    )
    def test_what_is_wrong_names_setting_file_and_remedy(
        self, content: bytes | None, words: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "tags.txt"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UserError, match=rf"TAG_VOCABULARY={path}.*{words}"):
            load_vocabulary(Settings(tag_vocabulary=path))

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"TAG_VOCABULARY=.* cannot be read"):
            load_vocabulary(Settings(tag_vocabulary=tmp_path))


class TestTerms:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("На выборах в Казани победила партия.", ["выборы", "казань"]),
            ("В городском парке. Второй парк закрыт", ["городской парк", "парк"]),
            ("Ни городской. Парк", ["парк"]),  # two sentences are no pair
            ("Курс C++ и Node.js, R&D в Нью-Йорке", ["c++", "node.js", "r&d"]),
            ("#Выборы2026 и #выборы!", ["выборы"]),
            ("Встреча Зеленского и Капризовой в Ростове, Украине", ["зеленский", "ростов", "украина"]),
            ("Капризы погоды, рост цен", ["каприз"]),  # not ростов
            ("парк парка парком, выборы", ["парк", "выборы"]),
            ("паркет парковка парка-центр", []),
            ("", []),
            ("😀 !!! ___ 12", []),
        ],
    )
    def test_words_are_found_in_any_form(self, text: str, names: list[str]) -> None:
        known = ["выборы", "казань", "городской парк", "парк", "c++", "node.js", "r&d", "зеленский", "каприз"]
        known += ["ростов", "украина"]
        assert Terms({name: name for name in known}).within([text]) == names

    def test_a_whole_tag_is_known_in_another_form(self) -> None:
        terms = Terms({"выборы": "выборы", "голосование": "выборы", "городской парк": "городской парк"})
        assert terms.name("голосования") == "выборы"
        assert terms.name("городских парков") == "городской парк"
        assert (terms.name("парк"), terms.name("выборы мэра")) == (None, None)


class TestLocalTagger:
    def test_names_that_the_post_says_are_found(self) -> None:
        document = post("В сквере прошли выборы. Мэр рад", ocr=("НА ФЕСТИВАЛЬ",))
        vocabulary = parse_vocabulary("парк = сквер\nголосование = выборы\nфестиваль\nмост", "only")
        assert local_tagger(vocabulary).tag(document) == ["голосование", "парк", "фестиваль"]
        preferred = local_tagger(Vocabulary(vocabulary.names, "prefer", vocabulary.synonyms)).tag(document)
        assert {"голосование", "парк", "фестиваль", "мэр"} <= set(preferred)
        assert not {"выборы", "сквер", "выбор"} & set(preferred)

    def test_version_and_vocabulary_say_what_tags_depend_on(self) -> None:
        one, other = (local_tagger(parse_vocabulary(text, "only")) for text in ("парк", "лес"))
        assert one.version == other.version != local_tagger().version
        assert (one.vocabulary, local_tagger().vocabulary) == (parse_vocabulary("парк", "only").hash, "")
        assert one.vocabulary != other.vocabulary

    def test_nothing_is_invented(self) -> None:
        found: Any = local_tagger(parse_vocabulary("мост\nрека", "only"))
        assert found.tag(post("Доброе утро! Городской парк открыт")) == []
