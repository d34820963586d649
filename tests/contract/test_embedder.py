"""What every embedder promises; and that the local one brings Russian and English together."""

from __future__ import annotations

import math

import pytest

from app.adapters.embedder.usem3 import Usem3, chunks
from app.ports import Embedder

# (query, the text that it means): the languages differ in every pair.
PAIRS = [
    ("землетрясение в Японии", "A 6.2 magnitude earthquake struck off the coast of Japan, says the weather agency."),
    ("как испечь хлеб", "How to bake sourdough bread at home: mix flour, water and salt, let the dough rest."),
    ("велодорожки в городе", "The council approved a network of bicycle lanes from the station to the campus."),
    ("кошка спит", "Check out this cute cat sleeping on a keyboard"),
    ("ключевая ставка центробанка", "The central bank kept its interest rate at two percent; inflation slows down."),
    ("park opening", "В Казани открыли новый городской парк, в нём высадили более 800 деревьев."),
    ("hockey match", "Сборная России по хоккею обыграла команду Финляндии со счётом 4:2."),
    ("snow storm warning", "В Москве ожидается сильный снегопад и ветер. Водителей просят не выезжать на дороги."),
    ("art exhibition", "Выставка импрессионистов в Эрмитаже: более 60 картин Моне, Ренуара и Дега."),
    ("fox in the forest", "Сегодня в лесу встретили лису с лисятами. Лисы совсем не боятся людей."),
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Usem3()


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("text", ["мост", "", " \n ", "\x00", "😀" * 50, "слово " * 5000, "x" * 2000])
def test_one_unit_vector_for_each_text(embedder: Embedder, text: str) -> None:
    (vector,) = embedder.embed([text])
    assert len(vector) == embedder.dimensions
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-6)


def test_nothing_in_nothing_out(embedder: Embedder) -> None:
    assert embedder.embed([]) == []


def test_neighbours_in_a_batch_change_nothing(embedder: Embedder) -> None:
    texts = [text for pair in PAIRS for text in pair]
    together = embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert _cosine(vector, embedder.embed([text])[0]) == pytest.approx(1, abs=1e-5)
    assert together == embedder.embed(texts)


def test_a_query_finds_its_text_in_the_other_language(embedder: Embedder) -> None:
    queries = embedder.embed([query for query, _ in PAIRS])
    texts = embedder.embed([text for _, text in PAIRS])
    nearest = [max(range(len(texts)), key=lambda n, query=query: _cosine(query, texts[n])) for query in queries]  # type: ignore[misc]
    assert sum(found == wanted for wanted, found in enumerate(nearest)) >= 9


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    head = "Компания построила завод в Туле. Завод выпускает станки. " * 40
    query, plain, told = embedder.embed(["cat on a sofa", head, head + "Кошка спит на диване. " * 40])
    assert _cosine(query, told) > _cosine(query, plain) + 0.2


def test_chunks_lose_nothing_and_stay_small() -> None:
    text = "Первое предложение. Второе! " * 50 + "б" * 1000
    parts = list(chunks(text))
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert max(map(len, parts)) <= 300
    assert list(chunks("")) == [""]
