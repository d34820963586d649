"""features_hash is canonical: the same content in any form gives the same hash, other content another."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.features import features_hash
from app.domain.kinds import Classification
from app.domain.reading import Label, Ocr, Reading
from tests.factories.readings import label, ocr

SPACES = (" ", "\n", "\t ", "\u00a0", "\u2009", "\r\n")
# й, ё, é and й again as two code points, and Å as a sign of its own: each has another spelling that reads the same.
ALPHABET = "абвгд efgйёéÅ\u0438\u0306\u212b"
words = st.lists(st.text(ALPHABET.replace(" ", ""), min_size=1, max_size=6), max_size=5)
scores = st.floats(0, 1)
names = st.sampled_from(["кошка", "музей", "café", "city", "ёлка", "dog"])
labels = st.lists(st.builds(Label, name=names, score=scores), unique_by=lambda label: label.name)
readings = st.builds(
    Reading,
    classification=st.sampled_from(Classification),
    is_meme=st.booleans(),
    labels=labels,
    objects=labels,
    ocr=st.none() | st.builds(Ocr, text=words.map(" ".join), engine=st.just("test"), confidence=st.none() | scores),
    description=st.none() | words.map(" ".join),
    nsfw=st.none() | scores,
    language=st.sampled_from([None, "ru", "en"]),
)
publications = st.dictionaries(st.text("0123456789abcdef", min_size=4, max_size=4), readings, max_size=4)
posted = publications.filter(bool)  # with a file at least
lots = st.randoms(use_true_random=False)
forms = st.sampled_from(["NFC", "NFD"])


@given(publications, lots)
def test_the_order_of_items_changes_nothing(files: dict[str, Reading], lot: random.Random) -> None:
    keys = list(files)
    lot.shuffle(keys)
    assert features_hash({key: files[key] for key in keys}) == features_hash(files)


@given(publications, lots)
def test_the_order_of_labels_changes_nothing(files: dict[str, Reading], lot: random.Random) -> None:
    def shuffled(reading: Reading) -> Reading:
        return _with(reading, labels=tuple(lot.sample(reading.labels, len(reading.labels))))

    assert features_hash({key: shuffled(reading) for key, reading in files.items()}) == features_hash(files)


@given(publications, st.data())
def test_no_float_changes_anything(files: dict[str, Reading], data: st.DataObject) -> None:
    def noisy(reading: Reading) -> Reading:
        changes: dict[str, Any] = {"nsfw": data.draw(st.none() | scores)}
        for field in ("labels", "objects"):
            old: tuple[Label, ...] = getattr(reading, field)
            changes[field] = tuple(Label(name=label.name, score=data.draw(scores)) for label in old)
        if reading.ocr:
            changes["ocr"] = reading.ocr.model_copy(update={"confidence": data.draw(st.none() | scores)})
        return _with(reading, **changes)

    assert features_hash({key: noisy(reading) for key, reading in files.items()}) == features_hash(files)


@given(publications, lots)
def test_white_space_changes_nothing(files: dict[str, Reading], lot: random.Random) -> None:
    def respaced(text: str) -> str:
        return lot.choice(SPACES) + "".join(word + lot.choice(SPACES) for word in text.split())

    assert features_hash({key: _texts(reading, respaced) for key, reading in files.items()}) == features_hash(files)


@given(publications, forms)
def test_another_composition_of_the_same_letters_changes_nothing(files: dict[str, Reading], form: Any) -> None:
    def composed(text: str) -> str:
        return unicodedata.normalize(form, text)

    def spelt(reading: Reading) -> Reading:
        other = tuple(Label(name=composed(label.name), score=label.score) for label in reading.labels)
        return _with(_texts(reading, composed), labels=other)

    assert features_hash({key: spelt(reading) for key, reading in files.items()}) == features_hash(files)


def test_a_label_in_both_spellings_is_one() -> None:
    both = (label("ёлка"), label(unicodedata.normalize("NFD", "ёлка"), 0.8))
    assert features_hash({"a": Reading(labels=both)}) == features_hash({"a": Reading(labels=both[:1])})


@given(publications, readings)
def test_one_more_item_changes_the_hash(files: dict[str, Reading], more: Reading) -> None:
    assert features_hash({**files, "zzzz": more}) != features_hash(files)


@given(posted, st.data())
def test_another_word_changes_the_hash(files: dict[str, Reading], data: st.DataObject) -> None:
    key, reading = _drawn(files, data)
    word = data.draw(st.sampled_from(["слово", "word", "2", "²"]))
    text, told = reading.ocr.text if reading.ocr else "", reading.description or ""
    assert _changed(files, key, ocr=ocr(f"{text} {word}"))
    assert _changed(files, key, ocr=ocr(f"{word} {text}"))
    assert _changed(files, key, description=f"{told} {word}")


def test_the_order_of_words_and_marks_that_read_differently_count() -> None:
    texts = ["мост и парк", "парк и мост", "мосты парк", "x2", "x²", "и", "й", "Мост и парк"]
    hashes = {features_hash({"a": Reading(ocr=ocr(text))}) for text in texts}
    assert len(hashes) == len(texts)


def test_a_word_is_not_the_same_in_another_field() -> None:
    said = Reading(description="мост"), Reading(ocr=ocr("мост")), Reading(labels=(label("мост"),))
    assert len({features_hash({"a": reading}) for reading in said}) == 3


@given(posted, st.data())
def test_another_label_changes_the_hash(files: dict[str, Reading], data: st.DataObject) -> None:
    key, reading = _drawn(files, data)
    assert _changed(files, key, labels=(*reading.labels, label("zebra")))
    if reading.labels:
        assert _changed(files, key, labels=(label("zebra"), *reading.labels[1:]))
        assert _changed(files, key, labels=reading.labels[1:])


@given(posted, st.data())
def test_another_kind_or_language_changes_the_hash(files: dict[str, Reading], data: st.DataObject) -> None:
    key, reading = _drawn(files, data)
    kind = data.draw(st.sampled_from([kind for kind in Classification if kind is not reading.classification]))
    language = data.draw(st.sampled_from([code for code in (None, "ru", "en", "de") if code != reading.language]))
    assert _changed(files, key, classification=kind)
    assert _changed(files, key, is_meme=not reading.is_meme)
    assert _changed(files, key, language=language)


@pytest.mark.parametrize("files", [{}, {"a": Reading()}, {"a": Reading(description="", ocr=ocr(" "))}])
def test_it_is_a_sha256_in_hex(files: dict[str, Reading]) -> None:
    assert len(features_hash(files)) == 64
    assert set(features_hash(files)) <= set("0123456789abcdef")


def _drawn(files: Mapping[str, Reading], data: st.DataObject) -> tuple[str, Reading]:
    key = data.draw(st.sampled_from(sorted(files)))
    return key, files[key]


def _with(reading: Reading, **changes: Any) -> Reading:
    return reading.model_copy(update=changes)


def _texts(reading: Reading, change: Any) -> Reading:
    """The reading with its two texts changed."""
    ocr = reading.ocr and reading.ocr.model_copy(update={"text": change(reading.ocr.text)})
    return _with(reading, ocr=ocr, description=None if reading.description is None else change(reading.description))


def _changed(files: Mapping[str, Reading], key: str, **changes: Any) -> bool:
    """Whether the hash is another one after a change of one file."""
    return features_hash({**files, key: _with(files[key], **changes)}) != features_hash(files)
