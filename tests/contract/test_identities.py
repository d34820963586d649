"""Identities in the rows of archives: values that release 0.1 wrote, computed anew by this code.

A moved value costs every archive something: the comment at each test says what. Change a value here only together with
the changelog, and only when the release is meant to cost that. tests/unit says which inputs count as equal.
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from app.adapters.embedder.usem3 import Usem3
from app.adapters.tagger.llm.document import digest
from app.adapters.tagger.llm.factory import llm_tagger
from app.adapters.telegram.ownership import lock_key
from app.adapters.vision.remote.factory import remote_vision
from app.adapters.vision.tuning import settings_hash
from app.domain.albums import Item, fingerprint
from app.domain.documents import ItemContent, compose
from app.domain.features import features_hash
from app.domain.gate import input_hash, text_hash
from app.domain.kinds import Classification
from app.domain.messages import Entity
from app.domain.reading import SCHEMA_VERSION, Label, Ocr, Reading
from app.domain.tags import normalise_tag, tags_hash
from app.domain.vocabulary import parse_vocabulary
from app.events.retention import short
from app.ports import TagInput
from app.settings import Settings

# A letter of two code points, an emoji of two UTF-16 units, quotes, an address: easy to change by a careless rewrite.
TEXT = "Ёлка у реки 🎄, cafe\u0301 и «й»: https://t.me/a?b=1&c=2"
LINK = Entity("url", 31, 24)
ENTITIES: list[dict[str, Any]] = [{"kind": "url", "offset": 31, "length": 24, "url": None}]
READING = Reading(
    classification=Classification.SCREENSHOT,
    description="Кот  на\nокне",
    labels=(Label(name="cat", score=0.91), Label(name="окно", score=0.5)),
    ocr=Ocr(text="Солнце \n заходит в 21:48", engine="tesseract", confidence=0.9),
    language="ru",
    phash="0f0f0f0f0f0f0f0f",
)
A, B = "a" * 64, "b" * 64
VOCABULARY = "парк = сквер, park\nlamp = лампа\n"
PAID = ("gigachat", "openai")


def paid_settings(provider: Any) -> Settings:
    """The least that a person sets for a paid provider; everything else is the default, which prompts depend on."""
    return Settings(
        vision_provider=provider,
        tagger=provider,
        vision_model="m-1",
        tagger_model="m-1",
        gigachat_credentials=SecretStr("Zml4ZWQ="),
        openai_base_url="http://127.0.0.1:9/v1",
    )


# Moved, a paid recipe makes every stored reading one of an older recipe: `reanalyze` offers to pay for every picture
# again, and new pictures borrow no reading of old ones. Prompt, schema, limits and their defaults are part of it.
@pytest.mark.parametrize("provider", PAID)
def test_recipe_of_a_paid_reader(provider: str) -> None:
    assert remote_vision(paid_settings(provider), provider).recipe.model_dump() == {
        "provider": provider,
        "model": "m-1",
        "prompt_hash": "485e6d9747c8f3946697fc33d6a83821a90763a35e40e532493fe27216412ad0",
        "schema_version": 1,
    }


# Moved, `retag` offers to pay for the tags of every post again, and each post that changes for another reason is paid
# for although nothing in its question changed. The vocabulary has a hash of its own and is no part of the version.
@pytest.mark.parametrize("provider", PAID)
@pytest.mark.parametrize("vocabulary", [None, VOCABULARY])
def test_version_of_a_paid_tagger(provider: str, vocabulary: str | None) -> None:
    words = parse_vocabulary(vocabulary, "prefer") if vocabulary else None
    assert llm_tagger(paid_settings(provider), words).version == f"{provider}-m-1-a3374a671eb3"


# Moved, each archive with a vocabulary is tagged again: for money where a paid model tags.
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("prefer", "698f014be120d2a2e183cb8f3151f1a09c401d939fde39d8f0fcbdde2e897dab"),
        ("only", "458036330e3c36c864bfcf9de78e0243112c080db6ce36916ec2e5f471522342"),
    ],
)
def test_hash_of_a_vocabulary(mode: Any, expected: str) -> None:
    assert parse_vocabulary(VOCABULARY, mode).hash == expected


# Moved, the local recipe is a new one: `reanalyze` reads every picture of an archive again, some 0.3 seconds of a core
# for each of the demo's. Every number and field name of TUNING and RULES counts. The recipe also names the versions of
# Tesseract, models and OCR data of the machine, so the whole of it cannot be pinned.
def test_settings_of_the_local_reader() -> None:
    assert settings_hash() == "66f35c934223eef7c3d1241ec75b42147dcd8e3edda82dc4439949e85762318b"


# Moved, stored readings can no longer be read, or are read as something else.
def test_schema_version_of_readings() -> None:
    assert SCHEMA_VERSION == 1


# Moved, the gate opens for every publication that has pictures as soon as its readings are merged again: it is tagged
# again, for money where a paid model tags.
@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ({B: READING, A: Reading()}, "2a2a30a7b78e4ed66798b3bd7922b41a337253d2afb6e7c2e166d2ca8b3f96b2"),
        ({}, "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
    ],
)
def test_features_hash(readings: dict[str, Reading], expected: str) -> None:
    assert features_hash(readings) == expected


# Moved, the gate takes every publication that it sees for an edited one: it is tagged again with the trigger `edit`.
def test_text_hash() -> None:
    assert text_hash(TEXT, [ENTITIES]) == "9925c2c33264c2bb6cc60ac8080045a5f7d04a2b8cb5cc9634b58a06c357b5d5"


# Moved, no tagger's input equals the one that the stored tags were made from: `same_input` saves no call, and paid
# answers that are stored under it (raw_answers.key) are not found and paid once more.
@pytest.mark.parametrize(
    ("features", "tagger", "vocabulary", "expected"),
    [
        (A, "local-1", "", "5ba11c43ae352e145ee0af079189b1263979384f702b0f117ab519d25e7a94f8"),
        (None, "openai-m-1", B, "97c743738fd1c0c711f264f0b03629b221f175791ab44f65efa4590e374adf21"),
    ],
)
def test_tagger_input_hash(features: str | None, tagger: str, vocabulary: str, expected: str) -> None:
    text = "9925c2c33264c2bb6cc60ac8080045a5f7d04a2b8cb5cc9634b58a06c357b5d5"
    assert input_hash(text, features, tagger, vocabulary) == expected


# Moved, answers of a paid tagger that are stored already no longer belong to their question: they are paid once more.
def test_digest_of_a_paid_question() -> None:
    document = TagInput(TEXT, ((TEXT, (LINK,)),), ("Солнце",), ("cat",), ("Кот",), ("photo",), "ru")
    assert digest(document) == "880973ac98c79d85f81b3960463a7af759f29443259e423bca299b2d586c87ad"


# Moved, subscribers take every publication for one with other tags: the hash is in the events posts.tagged.
@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["ёлка", "кот", "река"], "31e21552d2f87805dcc5d1bee346694cf774afda59e38a31a656eb43e1d3509b"),
        ([], "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
    ],
)
def test_tags_hash(tags: list[str], expected: str) -> None:
    assert tags_hash(tags) == expected


# Moved, an archive holds two spellings of a tag: searches and statistics by one of them miss the posts of the other.
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("#Ёлка", "елка"),
        ("Нью-Йорк", "нью-йорк"),
        ("C++", "c++"),
        ("ﬁn_land", "fin land"),
        ("<b>Кот</b>", "кот"),
        ("2026", None),
    ],
)
def test_spelling_of_a_tag(raw: str, expected: str | None) -> None:
    assert normalise_tag(raw) == expected


# Moved, every publication is indexed again, its text embedded again, and told again as posts.indexed.
def test_content_hash_of_a_search_document() -> None:
    items = [ItemContent("Солнце", ("cat", "окно"), "Кот на окне", "кот.png"), ItemContent()]
    whole, empty = compose(TEXT, items, ["кот", "ёлка"], "ru"), compose("", [], [])
    assert whole.content_hash == "3ad07fb1327d8cfcda7e4a52ba0fa1489f25170757cce7d4ac374ce43344342a"
    assert empty.content_hash == "5628bc96cf86427b35e64356557570fb6cbad0e08443d682285ada32ba70d92a"


# Moved, no stored vector is found under it: search by meaning finds nothing until all is embedded again. The partial
# index on the vectors (alembic/versions) names it, too.
def test_name_of_the_embedder() -> None:
    assert (Usem3.name, Usem3.dimensions) == ("usem3", 512)


# Moved, each publication that a poll or a page of history touches gets a new revision: all its steps run again, and its
# events are told again.
def test_fingerprint_of_a_publication() -> None:
    items = [Item(7, TEXT, ENTITIES, "photo:1", False), Item(8, "", [], None, True)]
    assert fingerprint(items) == "1449d2414b441a4e5294e3cf9588cecd32e753516ed93286857be880a5e69339"


# Moved, events whose rows were dropped (EVENTS_KEPT_DAYS) are taken for new ones and told twice.
def test_key_of_a_dropped_event() -> None:
    assert str(short("PostTaggedV1:1:2:3")) == "801e8932-d9a0-7c04-8c7e-a642d459f4c2"


# Moved, a process of this release and one of the release before both take the same Telegram account: two connections
# with one session cost the session its key.
def test_lock_of_an_account() -> None:
    assert lock_key(bytes(256)) == 2026494252407246063
