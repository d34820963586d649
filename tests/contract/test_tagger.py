"""What every tagger promises, local or paid, and what the local one makes of realistic posts."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.adapters.tagger import local_tagger
from app.adapters.tagger.local import LocalTagger
from app.adapters.tagger.vocabulary import load_vocabulary
from app.demo.llm import LoopbackLLM
from app.domain.messages import Entity
from app.domain.tags import MAX_TAGS, MIN_TAGS, normalise_tags
from app.domain.vocabulary import Mode, parse_vocabulary
from app.errors import UserError
from app.ports import Tagger, TagInput
from app.settings import Settings
from tests.factories.posts import EN_POST, RU_POST, post
from tests.factories.providers import tagging_with

pytestmark = pytest.mark.slow

NAMES = ("local", "gigachat", "openai")
VOCABULARY = "парк = сквер\nфестиваль\nдерево\ncouncil\nбюджет"
Make = Callable[..., Tagger]


@pytest.fixture
def make(server: LoopbackLLM) -> Iterator[Make]:
    """A name, the mode of a vocabulary and settings -> the tagger."""
    with ExitStack() as open_ones:

        def made(name: str, mode: Mode | None = None, text: str = VOCABULARY, **changes: object) -> Tagger:
            vocabulary = parse_vocabulary(text, mode) if mode else None
            if name == "local":
                return local_tagger(vocabulary)
            return open_ones.enter_context(tagging_with(server, name, vocabulary, **changes))

        yield made


HUGE = (RU_POST + ' \U0001f600<b>"\n') * 1000  # more than 200,000 characters
POSTS = (RU_POST, EN_POST, RU_POST * 20, "\U0001f600" * 300, "", "12 345", "<b>\x00</b>", f"\x00{RU_POST}\x00", HUGE)


@pytest.mark.parametrize("mode", [None, "prefer", "only"])
@pytest.mark.parametrize("name", NAMES)
class TestEveryTagger:
    @pytest.mark.parametrize("text", POSTS, ids=range(len(POSTS)))
    def test_tags_are_few_normalised_and_the_same_each_time(
        self, name: str, mode: Mode | None, text: str, make: Make
    ) -> None:
        tagger = make(name, mode)
        tags = tagger.tag(post(text))
        assert tags == normalise_tags(tags)
        assert len(tags) <= MAX_TAGS
        assert tags == tagger.tag(post(text))
        if RU_POST in text or EN_POST in text:
            assert len(tags) >= (1 if mode == "only" else MIN_TAGS)
        else:
            assert tags == []

    def test_another_tagger_of_the_same_settings_has_the_same_version(
        self, name: str, mode: Mode | None, make: Make
    ) -> None:
        one, other = make(name, mode), make(name, mode)
        assert (one.version, one.vocabulary) == (other.version, other.vocabulary)
        assert one.version.startswith(name)

    def test_tags_are_in_the_post_s_language(self, name: str, mode: Mode | None, make: Make) -> None:
        tagger = make(name, mode)
        assert not any(re.search("[a-z]", tag) for tag in tagger.tag(post(RU_POST)))
        assert not any(re.search("[а-я]", tag) for tag in tagger.tag(post(EN_POST)))

    def test_the_vocabulary_has_its_say(self, name: str, mode: Mode | None, make: Make) -> None:
        tags = set(make(name, mode).tag(post("В парке у реки прошёл фестиваль уличной еды, фестиваль удался")))
        assert "фестиваль" in tags
        if mode == "only":
            assert tags <= {"парк", "фестиваль", "дерево"}
        else:
            assert len(tags) >= MIN_TAGS

    def test_a_vocabulary_without_any_of_the_post_s_words(self, name: str, mode: Mode | None, make: Make) -> None:
        tags = make(name, mode, "астрономия\nмузыка").tag(post(RU_POST))
        assert (tags == []) == (mode == "only")  # nothing is invented

    def test_the_vocabulary_is_not_part_of_the_version(self, name: str, mode: Mode | None, make: Make) -> None:
        one, other = make(name, mode), make(name, mode, "музыка")
        assert one.version == other.version
        assert (one.vocabulary == other.vocabulary) == (mode is None)
        assert bool(one.vocabulary) == (mode is not None)


@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("limit", [2500, 6000])
def test_a_huge_post_stays_within_its_tokens_as_the_server_counts(
    name: str, limit: int, make: Make, server: LoopbackLLM
) -> None:
    document = post(HUGE, ocr=(HUGE, "вывеска"), labels=("park",) * 300, descriptions=(HUGE[:5000],) * 4)
    make(name, "prefer", tagger_input_tokens=limit).tag(document)
    (call,) = server.ledger.taggings()
    assert limit / 3 < call.prompt_tokens <= limit


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"\n", b"a = b\nb"])
def test_a_vocabulary_that_cannot_be_used_names_its_setting(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "tags.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="TAG_VOCABULARY"):
        load_vocabulary(Settings(tag_vocabulary=path))


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return LocalTagger()


def _entity(text: str, span: str, kind: str, url: str | None = None) -> Entity:
    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    return Entity(kind, units(text[: text.index(span)]), units(span), url)


def test_another_process_makes_the_same_tags() -> None:
    code = (
        "import sys; from app.adapters.tagger.local import LocalTagger as T; from app.ports import TagInput\n"
        "t = T(); print(t.version, t.tag(TagInput(sys.argv[1], ())))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, RU_POST], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert next(iter(outputs)).startswith(LocalTagger().version.encode())


@pytest.mark.parametrize(
    ("text", "expected", "silly"),
    [
        (RU_POST, {"городской парк", "казань", "фестиваль"}, {"новый", "открыть", "летом", "гектар", "парк"}),
        (EN_POST, {"bicycle lane", "council", "university"}, {"new", "approve", "march", "bicycle", "will"}),
        (
            "Учёные из МГУ разработали нейросеть, которая распознаёт рак лёгких. Искусственный интеллект поможет "
            "врачам. Искусственный интеллект уже используют в 40 больницах.",
            {"нейросеть", "мгу", "искусственный интеллект", "рак"},
            {"который", "разработать", "40", "использовать"},
        ),
        (
            "Сборная России по хоккею обыграла Финляндию. Шайбы забросили Кирилл Капризов и Никита Гусев 15 января.",
            {"россия", "хоккей", "кирилл капризов", "никита гусев"},
            {"январь", "забросить", "каприз"},
        ),
        (
            "Президент Франции Эмманюэль Макрон прибыл в Берлин. Главная тема – энергетика.",
            {"франция", "эмманюэль макрон", "берлин", "энергетика"},
            {"прибыть", "тема", "главный"},
        ),
        (
            "Breaking: A 6.2 magnitude earthquake struck off the coast of Japan on Tuesday. Residents reported damage.",
            {"japan", "earthquake"},
            {"tuesday", "strike", "report", "6.2"},
        ),
        (
            "Матч выиграл Спартак. Тренер Спартака похвалил Зеленского и Роберто Манчини.",
            {"спартак", "матч", "зеленский", "роберто манчини"},
            {"спартака", "зеленского", "похвалить"},
        ),
        (
            "Энергетика подорожала, паром дважды опоздал, пик спроса прошёл. Врачи: рак лёгких не приговор.",
            {"энергетика", "паром", "пик", "врач", "рак"},  # forms of which the dictionary prefers another word
            {"энергетик", "пар", "пика", "дважды", "опоздать"},
        ),
        (
            "They clean the old harbour. Twenty-two boats were repaired at Elm Street by President Joe Biden.",
            {"harbour", "boat", "elm street", "joe biden"},
            {"clean", "old", "twenty-two", "repair", "president joe"},
        ),
        (
            "Авария на Ленинградском шоссе. Реставрация Успенского собора завершена.",
            {"авария", "ленинградское шоссе", "успенский собор", "реставрация"},
            {"ленинградский", "собор", "завершенный"},
        ),
        (
            "БОЛЬШАЯ РАСПРОДАЖА В МАГАЗИНЕ ОБУВИ! Скидки до 70%",
            {"распродажа", "магазин", "обувь", "скидка"},
            {"большой"},
        ),
    ],
)
def test_tags_say_what_the_post_is_about(tagger: Tagger, text: str, expected: set[str], silly: set[str]) -> None:
    tags = set(tagger.tag(post(text)))
    assert expected <= tags
    assert not silly & tags


def test_greetings_say_nothing(tagger: Tagger) -> None:
    assert tagger.tag(post("Доброе утро! Хорошего дня всем подписчикам ❤️")) == []


def test_hashtags_mentions_and_hosts_behind_emoji(tagger: Tagger) -> None:
    text = "😀👨‍👩‍👧 Прогулка с @durov по лесу #Осенний_Лес #новости@channel тут и https://www.Example.com/a?b=1"
    tags = tagger.tag(
        post(
            text,
            _entity(text, "@durov", "mention"),
            _entity(text, "#Осенний_Лес", "hashtag"),
            _entity(text, "#новости@channel", "hashtag"),
            _entity(text, "тут", "text_url", "https://xn--80aswg.xn--p1ai/page"),
            _entity(text, "https://www.Example.com/a?b=1", "url"),
        )
    )
    assert {"durov", "осенний лес", "новости", "example.com", "сайт.рф", "прогулка"} <= set(tags)


def test_a_link_into_telegram_names_its_channel(tagger: Tagger) -> None:
    text = "Подробности тут и там"
    entities = (
        _entity(text, "тут", "text_url", "https://t.me/city_news/42"),
        _entity(text, "там", "text_url", "https://t.me/c/123/45"),
    )
    assert tagger.tag(post(text, *entities)) == ["city news"]


def test_a_hundred_hashtags_leave_room_for_the_rest(tagger: Tagger) -> None:
    text = "Наводнение в Орске. " + " ".join(f"#хештег{chr(1072 + n)}" for n in range(30))
    entities = tuple(_entity(text, word, "hashtag") for word in text.split() if word[0] == "#")
    tags = tagger.tag(post(text, *entities, labels=("dam",)))
    assert {"наводнение", "плотина"} <= set(tags)
    assert sum(tag.startswith("хештег") for tag in tags) >= 2


def test_a_hashtag_replaces_the_same_word_of_the_text(tagger: Tagger) -> None:
    text = "Парк у реки. #парки"
    assert tagger.tag(post(text, _entity(text, "#парки", "hashtag"))) == ["парки", "река"]


def test_pictures_speak_beside_a_very_long_text(tagger: Tagger) -> None:
    text = RU_POST * 30
    plain = tagger.tag(post(text))
    seen = tagger.tag(post(text, ocr=("Осторожно, оленёнок!",), labels=("red fox, Vulpes vulpes",)))
    assert {"лиса", "олененок"} <= set(seen) - set(plain)
    assert "городской парк" in seen


def test_text_beyond_a_thousand_characters_is_heard(tagger: Tagger) -> None:
    head = "Компания построила завод в Туле. Завод выпускает станки. "
    text = head * 30 + "Отдельно расскажем про землетрясение. Землетрясение разрушило школу."
    assert "землетрясение" in tagger.tag(post(text))
    assert {"завод", "тула"} <= set(tagger.tag(post(text)))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (post("", labels=("tabby, tabby cat",), classifications=("photo",)), {"tabby", "photo"}),
        (TagInput("", (), labels=("tabby, tabby cat",), language="ru"), {"кошка"}),
        (post("", classifications=("meme",), ocr=("Fix production on Friday",)), {"meme", "production"}),
        (
            post("", classifications=("screenshot",), ocr=("Расписание поездов ||| ~a Zxq",)),
            {"скриншот", "поезд"},
        ),
        (post("", descriptions=("A crowd of protesters on a city square",)), {"protester", "crowd", "square"}),
    ],
)
def test_pictures_without_a_caption(tagger: Tagger, document: TagInput, expected: set[str]) -> None:
    tags = set(tagger.tag(document))
    assert expected <= tags
    assert "zxq" not in tags  # no dictionary has it and it stands there once: OCR junk
