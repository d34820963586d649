"""What two readings of a file say differently."""

from __future__ import annotations

from app.domain.differences import Difference, Words, difference
from app.domain.features import canonical
from app.domain.kinds import Classification
from tests.factories.readings import reading


def read(labels: str = "", words: str = "", **rest: object) -> dict[str, object]:
    """The canonical form of a reading."""
    return canonical(reading(labels, words, **rest))


def test_the_same_is_no_difference() -> None:
    one = read("cat dog", "a b b", description="A cat.", language="en")
    assert difference(one, one).nothing
    assert difference(one, read("dog cat", "b a b", description="A cat.", language="en")).nothing


def test_labels_and_words_are_told_by_side() -> None:
    found = difference(read("boat cat", "one two two three"), read("cat dog", "two four five"))
    assert (found.labels_added, found.labels_removed) == (("dog",), ("boat",))
    assert found.words_added == Words(2, ("four", "five"))
    assert found.words_removed == Words(3, ("one", "two", "three")), "two stood there once more"
    assert not found.nothing


def test_of_many_words_five_are_named_and_all_counted() -> None:
    found = difference(read(), read(words=" ".join(f"w{number}" for number in range(40))))
    assert found.words_added == Words(40, ("w0", "w1", "w2", "w3", "w4"))


def test_other_fields_are_told_with_both_values() -> None:
    found = difference(
        read(description="A cat.", language="en"),
        read(description="A dog.", language="ru", classification=Classification.MEME, is_meme=True),
    )
    assert found == Difference(
        changed={
            "classification": ("other", "meme"),
            "is_meme": (False, True),
            "description": ("A cat.", "A dog."),
            "language": ("en", "ru"),
        }
    )
