"""The document that a tagger reads of a publication, and the state that decides whether its tags are still right."""

from __future__ import annotations

from typing import Any

from app.domain.enrichment import ItemVision, TagsMetadata, VisionMetadata
from app.domain.gate import TagState, input_hash, text_hash
from app.domain.kinds import Classification
from app.domain.messages import Entity
from app.models import Post, Publication
from app.pipeline.steps.tag_input import document, made_from, state
from app.ports import TagInput

BOLD = {"kind": "bold", "offset": 0, "length": 4, "url": None}
LINK = {"kind": "text_url", "offset": 2, "length": 5, "url": "https://e.org/"}
TASKS = {"origin": "task list", "text": "Buy paint", "entities": [BOLD]}
COUNTS = {"origin": "results", "text": "yes: 5", "running": True, "entities": [BOLD]}
PAGE = {"origin": "link preview", "text": "A page about paint"}


Dicts = list[dict[str, Any]]


def post(text: str = "", entities: Dicts | None = None, words: Dicts | None = None) -> Post:
    """A post as the pipeline reads it."""
    return Post(text=text, entities=entities or [], words=words or [])


def item(sha256: str, **fields: Any) -> ItemVision:
    """The reading of one file."""
    about = {"classification": Classification.PHOTO, "message_ids": [1], "vision_version": 4}
    return ItemVision(**{**about, "sha256": sha256, **fields})


VISION = VisionMetadata(
    vision_version=4,
    features_hash="f" * 64,
    revision=2,
    items=[
        item("a", ocr_text="Quay 7", labels=["boat", "quay"], description="A boat at a quay."),
        item("b", labels=["boat", "gull"], language="en", classification=Classification.MEME),
        item("c", description="Gulls over water.", language="ru"),
    ],
)
POSTS = [post("The old harbour", [LINK]), post(), post("Boat day", [BOLD], [TASKS, COUNTS, PAGE])]
ALBUM = Publication(id=7, text="The old harbour\n\nBoat day")


def test_a_tagger_reads_all_that_is_known_of_a_publication() -> None:
    assert document(ALBUM, POSTS, VISION) == TagInput(
        text="The old harbour\n\nBoat day\n\nBuy paint\n\nA page about paint",
        entities=(
            ("The old harbour", (Entity("text_url", 2, 5, "https://e.org/"),)),
            ("Boat day", (Entity("bold", 0, 4),)),
            ("Buy paint", (Entity("bold", 0, 4),)),
        ),
        ocr=("Quay 7",),
        labels=("boat", "quay", "gull"),
        descriptions=("A boat at a quay.", "Gulls over water."),
        classifications=("photo", "meme", "photo"),
        language="en",
    )


def test_before_any_reading_the_words_are_all() -> None:
    read = document(ALBUM, POSTS, None)
    assert (read.ocr, read.labels, read.descriptions, read.classifications, read.language) == ((), (), (), (), None)
    assert read.entities == document(ALBUM, POSTS, VISION).entities


def test_tags_depend_on_the_words_their_entities_and_the_reading() -> None:
    text = text_hash(
        "The old harbour\n\nBoat day\n\nBuy paint\n\nA page about paint",
        [[LINK], [BOLD], [{"kind": "bold", "offset": 0, "length": 4, "url": None}]],
    )
    wanted = TagState(4, "f" * 64, text, input_hash(text, "f" * 64, "tagger 1", "vocabulary"))
    assert state(ALBUM, POSTS, VISION, "tagger 1", "vocabulary") == wanted
    unread = TagState(None, None, text, input_hash(text, None, "tagger 1", "vocabulary"))
    assert state(ALBUM, POSTS, None, "tagger 1", "vocabulary") == unread


def test_an_edit_of_entities_alone_is_an_edit() -> None:
    """The letters stay, and a word becomes a link, a hashtag, a mention: of the text or of the words beside it."""

    def hash_of(*posts: Post) -> str:
        return state(Publication(text="one two"), posts, None, "tagger", "").text_hash

    plain = post("one two", [BOLD], [TASKS])
    beside = post("one two", [BOLD], [{**TASKS, "entities": [LINK]}])
    assert len({hash_of(one) for one in (plain, post("one two", [LINK], [TASKS]), beside)}) == 3
    assert hash_of(post("one two", [BOLD, LINK])) != hash_of(post("one two", [LINK, BOLD]))


def test_an_item_without_a_caption_and_running_counts_change_no_text() -> None:
    """A late picture concerns vision; a vote changes nothing that tags are made of."""

    def hash_of(*posts: Post) -> str:
        return state(ALBUM, posts, None, "tagger", "").text_hash

    assert hash_of(POSTS[0], POSTS[2]) == hash_of(*POSTS, post())
    quiet = post("Boat day", [BOLD], [TASKS, {**COUNTS, "text": "yes: 6"}, PAGE])
    assert hash_of(POSTS[0], quiet) == hash_of(*POSTS)


def test_current_tags_remember_the_state_that_they_were_made_from() -> None:
    tags = TagsMetadata(
        tags=["boat"],
        tags_hash="h",
        tags_version=4,
        features_hash="f",
        text_hash="t",
        tagger_version="v",
        tagger_input_hash="i",
        revision=3,
        trigger="initial",
    )
    assert made_from(tags) == TagState(4, "f", "t", "i")
    assert made_from(None) is None
