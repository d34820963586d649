"""features_hash is canonical: the same content in any form gives the same hash, other content another."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.features import features_hash
from app.domain.kinds import Classification
from app.domain.reading import Label, Ocr, Reading

words = st.lists(st.text("абвгд efg", min_size=1, max_size=6).filter(str.strip), max_size=5)
readings = st.builds(
    Reading,
    classification=st.sampled_from(Classification),
    is_meme=st.booleans(),
    labels=st.lists(
        st.builds(Label, name=st.sampled_from("abcdef"), score=st.floats(0.3, 1)), unique_by=lambda x: x.name
    ),
    ocr=st.one_of(st.none(), words.map(lambda w: Ocr(text=" ".join(w), engine="e", confidence=0.9))),
    description=st.one_of(st.none(), words.map(" ".join)),
    language=st.sampled_from([None, "ru", "en"]),
)
publications = st.dictionaries(st.text("0123456789abcdef", min_size=4, max_size=4), readings, max_size=4)


@given(publications, st.randoms(use_true_random=False))
def test_unchanged_by_order_float_noise_and_white_space(files: dict[str, Reading], rnd: random.Random) -> None:
    keys = list(files)
    rnd.shuffle(keys)
    assert features_hash({key: _noise(files[key], rnd) for key in keys}) == features_hash(files)


@given(publications, readings)
def test_changed_by_one_more_file(files: dict[str, Reading], more: Reading) -> None:
    assert features_hash({**files, "zzzz": more}) != features_hash(files)


@given(publications.filter(bool), st.data())
def test_changed_by_another_word(files: dict[str, Reading], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(files)))
    reading = files[key]
    text = f"{reading.ocr.text if reading.ocr else ''} слово"
    changed = reading.model_copy(update={"ocr": Ocr(text=text, engine="e", confidence=0.9)})
    assert features_hash({**files, key: changed}) != features_hash(files)


def _noise(reading: Reading, rnd: random.Random) -> Reading:
    """The same reading as another run would write it."""
    labels = [Label(name=x.name, score=max(0.3, x.score - 1e-9)) for x in reading.labels]
    rnd.shuffle(labels)
    ocr = reading.ocr and reading.ocr.model_copy(
        update={"text": "\n ".join(reading.ocr.text.split()) + " ", "confidence": 0.5}
    )
    return reading.model_copy(
        update={"labels": tuple(labels), "ocr": ocr, "nsfw": rnd.random(), "colours": ("#000000",)}
    )
