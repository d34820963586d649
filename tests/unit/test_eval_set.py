"""The labelled set: what it promises to hold, drawn the same each time, and apart from the sample channels."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from PIL import Image

from app.demo.channels import gallery
from app.domain.kinds import Classification
from app.errors import UserError
from app.eval.cases import STYLES, Case, cases, chosen, sections
from app.eval.looks import LOOKS
from app.eval.posts import posts
from app.eval.scores import normalised

SAMPLE = ("letter-visa/scan", "article-honey/phone", "letter-roof/fax", "chat-flat/small", "surface-brick/squeezed")
PAID_LETTERS = 780  # the most that a paid model is asked to transcribe at VISION_MAX_TOKENS=512


def named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in cases() if case.name == name)


def test_the_set_holds_what_it_promises() -> None:
    found = cases()
    assert 80 <= len(found) <= 150
    assert len({case.name for case in found}) == len(found)
    assert {case.style for case in found} == set(STYLES)
    assert {case.look for case in found} == set(LOOKS)
    kinds, languages = Counter(case.kind for case in found), Counter(case.language for case in found)
    assert all(kinds[kind] >= 10 for kind in Classification if kind is not Classification.OTHER)
    assert languages["ru"] >= 30
    assert languages["en"] >= 30
    assert languages["none"] >= 20


@pytest.mark.parametrize("name", SAMPLE)
def test_a_picture_is_the_same_each_time(name: str) -> None:
    first, second = named(name).draw(), named(name).draw()
    assert first == second
    with Image.open(io.BytesIO(first.data)) as image:
        image.load()
        assert image.format == "JPEG"


def test_pictures_without_a_language_have_no_text_and_others_do() -> None:
    for name in ("photo-cat/plain", "surface-fence/plain"):
        assert named(name).draw().text == ""
    assert "Нить" in named("form-parcel/plain").draw().text
    assert all((case.style in ("photo", "surface")) == (case.language == "none") for case in cases())


def test_every_text_fits_into_the_answer_of_a_paid_model() -> None:
    longest = [case for case in cases() if case.style in ("letter", "article", "feed") and case.look == "plain"]
    assert longest
    assert max(len(case.draw().text) for case in longest) <= PAID_LETTERS


def test_no_text_is_one_of_the_sample_channels() -> None:
    known = normalised(" ".join(_strings(gallery.sections())))
    lines = {normalised(line) for line in _strings(sections()) if len(line) > 12}
    assert len(lines) > 200
    assert not [line for line in lines if line in known]


def test_what_is_chosen_is_spread_over_the_set() -> None:
    few = chosen([], 12)
    assert len(few) == 12
    assert len({case.style for case in few}) >= 8
    assert {case.kind for case in chosen(["meme"], None)} == {Classification.MEME}
    assert len(chosen(["meme"], 3)) == 3
    assert len(chosen([], 10_000)) == len(cases())
    with pytest.raises(UserError, match="--only painting"):
        chosen(["painting"], None)


def test_posts_name_pictures_that_are_there_and_no_tag_is_meant_twice() -> None:
    names = {case.name for case in cases()}
    for post in posts():
        assert post.picture is None or post.picture in names, post.name
        meant = Counter(tag for synonyms in post.wanted for tag in synonyms)
        assert max(meant.values()) == 1, (post.name, meant.most_common(1))
        assert not set(meant) & post.allowed, post.name


def test_hashtags_reach_the_tagger_as_telegram_marks_them() -> None:
    post = next(post for post in posts() if post.name == "mountains")
    ((_, entities),) = post.document(None).entities
    assert [entity.kind for entity in entities] == ["hashtag", "hashtag"]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []
