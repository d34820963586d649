"""What every tagger promises, and what the local one makes of realistic posts."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.adapters.tagger.local import LocalTagger
from app.domain.messages import Entity
from app.domain.tags import MAX_TAGS, normalise_tags
from app.ports import Tagger, TagInput

RU_POST = (
    "В Казани открыли новый городской парк. Городской парк занимает 12 гектаров, в нём высадили более 800 деревьев. "
    "Мэр города рассказал, что летом здесь пройдёт фестиваль уличной еды."
)
EN_POST = (
    "The city council approved a new bicycle lane network. Bicycle lanes will connect the railway station with the "
    "university campus. Construction begins in March."
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return LocalTagger()


def _post(text: str, *entities: Entity, **more: tuple[str, ...]) -> TagInput:
    return TagInput(text, ((text, entities),), **more)  # type: ignore[arg-type]


def _entity(text: str, span: str, kind: str, url: str | None = None) -> Entity:
    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    return Entity(kind, units(text[: text.index(span)]), units(span), url)


@pytest.mark.parametrize("text", [RU_POST, EN_POST, RU_POST * 20, "😀" * 300, "", "12 345", "<b>\x00</b>"])
def test_tags_are_few_normalised_and_the_same_each_time(tagger: Tagger, text: str) -> None:
    tags = tagger.tag(_post(text))
    assert tags == normalise_tags(tags)
    assert len(tags) <= MAX_TAGS
    assert tags == tagger.tag(_post(text))
    if text.startswith((RU_POST, EN_POST)):
        assert len(tags) >= 3


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
    tags = set(tagger.tag(_post(text)))
    assert expected <= tags
    assert not silly & tags


def test_greetings_say_nothing(tagger: Tagger) -> None:
    assert tagger.tag(_post("Доброе утро! Хорошего дня всем подписчикам ❤️")) == []


def test_hashtags_mentions_and_hosts_behind_emoji(tagger: Tagger) -> None:
    text = "😀👨‍👩‍👧 Прогулка с @durov по лесу #Осенний_Лес #новости@channel тут и https://www.Example.com/a?b=1"
    tags = tagger.tag(
        _post(
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
    assert tagger.tag(_post(text, *entities)) == ["city news"]


def test_a_hundred_hashtags_leave_room_for_the_rest(tagger: Tagger) -> None:
    text = "Наводнение в Орске. " + " ".join(f"#хештег{chr(1072 + n)}" for n in range(30))
    entities = tuple(_entity(text, word, "hashtag") for word in text.split() if word[0] == "#")
    tags = tagger.tag(_post(text, *entities, labels=("dam",)))
    assert {"наводнение", "плотина"} <= set(tags)
    assert sum(tag.startswith("хештег") for tag in tags) >= 2


def test_a_hashtag_replaces_the_same_word_of_the_text(tagger: Tagger) -> None:
    text = "Парк у реки. #парки"
    assert tagger.tag(_post(text, _entity(text, "#парки", "hashtag"))) == ["парки", "река"]


def test_pictures_speak_beside_a_very_long_text(tagger: Tagger) -> None:
    text = RU_POST * 30
    plain = tagger.tag(_post(text))
    seen = tagger.tag(_post(text, ocr=("Осторожно, оленёнок!",), labels=("red fox, Vulpes vulpes",)))
    assert {"лиса", "олененок"} <= set(seen) - set(plain)
    assert "городской парк" in seen


def test_text_beyond_a_thousand_characters_is_heard(tagger: Tagger) -> None:
    head = "Компания построила завод в Туле. Завод выпускает станки. "
    text = head * 30 + "Отдельно расскажем про землетрясение. Землетрясение разрушило школу."
    assert "землетрясение" in tagger.tag(_post(text))
    assert {"завод", "тула"} <= set(tagger.tag(_post(text)))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (_post("", labels=("tabby, tabby cat",), classifications=("photo",)), {"tabby", "photo"}),
        (TagInput("", (), labels=("tabby, tabby cat",), language="ru"), {"кошка"}),
        (_post("", classifications=("meme",), ocr=("Fix production on Friday",)), {"meme", "production"}),
        (
            _post("", classifications=("screenshot",), ocr=("Расписание поездов ||| ~a Zxq",)),
            {"скриншот", "поезд"},
        ),
        (_post("", descriptions=("A crowd of protesters on a city square",)), {"protester", "crowd", "square"}),
    ],
)
def test_pictures_without_a_caption(tagger: Tagger, document: TagInput, expected: set[str]) -> None:
    tags = set(tagger.tag(document))
    assert expected <= tags
    assert "zxq" not in tags  # no dictionary has it and it stands there once: OCR junk
