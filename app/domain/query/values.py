"""The values that kind:, class:, lang:, has: and in: take, with their Russian names, the one to print first."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.kinds import Classification, MediaKind

Names = Mapping[str, tuple[str, ...]]  # canonical value -> its other names

KINDS: Names = {
    "photo": ("фото", "фотография", "картинка"),
    "video": ("видео", "ролик"),
    "audio": ("аудио", "музыка", "звук"),
    "voice": ("голос", "голосовое"),
    "document": ("документ", "файл", "doc"),
    "album": ("альбом",),
    "text": ("текст",),
}
# The kinds that are kinds of a medium. The others are a kind of sound, a publication of several media, and one of none.
MEDIA_KINDS: Mapping[str, MediaKind] = {
    "photo": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "document": MediaKind.DOCUMENT,
}

CLASSES: Names = {
    Classification.PHOTO.value: ("фото", "фотография"),
    Classification.MEME.value: ("мем",),
    Classification.DOCUMENT.value: ("документ",),
    Classification.SCREENSHOT.value: ("скриншот", "скрин"),
    Classification.INFOGRAPHIC.value: ("инфографика", "график"),
    Classification.OTHER.value: ("другое", "прочее"),
}

# Languages with a name; every other code of two or three letters is taken as it is.
LANGUAGES: Names = {
    "ru": ("русский", "russian", "rus"),
    "en": ("английский", "english", "eng"),
    "uk": ("украинский", "ukrainian", "ukr", "ua"),
    "be": ("белорусский", "belarusian", "bel"),
    "kk": ("казахский", "kazakh", "kaz"),
    "uz": ("узбекский", "uzbek", "uzb"),
    "tr": ("турецкий", "turkish", "tur"),
    "de": ("немецкий", "german", "deu"),
    "fr": ("французский", "french", "fra"),
    "es": ("испанский", "spanish", "spa"),
    "it": ("итальянский", "italian", "ita"),
    "pl": ("польский", "polish", "pol"),
    "ar": ("арабский", "arabic", "ara"),
    "he": ("иврит", "hebrew", "heb"),
    "fa": ("персидский", "persian", "fas"),
    "zh": ("китайский", "chinese", "zho"),
}

PROPERTIES: Names = {
    "ocr": ("надпись", "текст-на-картинке"),
    "edit": ("правка", "правки"),
    "deleted": ("удаление", "удалено"),
    "dup": ("повтор", "дубль", "копия"),
    "media": ("медиа", "вложение"),
}

FIELDS: Names = {
    "text": ("текст",),
    "ocr": ("надпись", "текст-на-картинке"),
    "desc": ("описание",),
    "tags": ("теги", "тег", "метки", "tag"),
}
