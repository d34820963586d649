"""The made archive of make bench-search is the same for a seed, and its figures are those of the runs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.bench.search.archive import BLOCK, CHANNELS, Archive
from tests.bench.search.meaning import DIMENSIONS, extrapolated, vectors
from tests.bench.search.measure import Times
from tests.bench.search.queries import TYPES, queries
from tests.bench.search.results import Results


@pytest.fixture(scope="module")
def archive() -> Archive:
    return Archive(3_000)


def test_an_archive_is_the_same_for_its_seed(archive: Archive) -> None:
    some = [one for one, _ in zip(archive.made(), range(50), strict=False)]
    assert some == [one for one, _ in zip(Archive(3_000).made(), range(50), strict=False)]
    assert some != [one for one, _ in zip(Archive(3_000, seed=2).made(), range(50), strict=False)]
    assert Archive(3_000).name != Archive(3_000, seed=2).name


def test_an_archive_looks_like_news_channels(archive: Archive) -> None:
    made = list(archive.made())
    assert [one.id for one in made] == list(range(1, 3_001))
    assert {one.channel_id for one in made} <= set(range(1, CHANNELS + 1))
    assert 0.1 < np.mean([bool(one.document.ocr) for one in made]) < 0.3
    assert 0.003 < np.mean([one.deleted_at is not None for one in made]) < 0.02
    assert 25 < np.median([len(one.document.text.split()) for one in made]) < 35
    # Zipf: the most frequent word that full text keeps is in some posts of a hundred, half of all words in one post.
    posts = Counter(word for one in made for word in set(one.document.text.split()))
    stop = {str(word) for one in archive.languages for word in one.words[: one.stop]}
    [(_, most)] = Counter({word: n for word, n in posts.items() if word not in stop}).most_common(1)
    assert 0.02 < most / 3_000 < 0.1
    assert np.mean([n == 1 for n in posts.values()]) > 0.5
    assert all(f"tag:{tag}" in one.document.facets for one in made for tag in one.document.tag_list)


def test_queries_are_the_same_for_an_archive(archive: Archive) -> None:
    drawn = queries(archive, 5)
    assert drawn == queries(Archive(3_000), 5)
    assert list(drawn) == [one.name for one in TYPES]
    assert all(len(set(some)) > 1 for some in drawn.values())


def test_a_later_block_needs_no_earlier_one() -> None:
    larger = Archive(BLOCK + 20)
    assert [one.id for one in larger.made(BLOCK)] == list(range(BLOCK + 1, BLOCK + 21))


def test_vectors_have_unit_length_and_queries_others_than_documents() -> None:
    some = np.array(list(vectors(1, 20)))
    assert some.shape == (20, DIMENSIONS)
    assert np.allclose(np.linalg.norm(some, axis=1), 1, atol=1e-5)
    assert np.array_equal(some, list(vectors(1, 20)))
    assert not np.array_equal(some, list(vectors(1, 20, kind=1)))


def test_percentiles_and_growth_by_the_logarithm() -> None:
    times = Times(tuple(float(ms) for ms in range(101)))
    assert (times.p50, times.p95) == (50.0, 95.0)
    assert extrapolated([(1_000, 1.0), (10_000, 2.0), (100_000, 3.0)], 1_000_000) == pytest.approx(4.0)
    assert extrapolated([(1_000, 1.0)], 1_000_000) is None


def test_a_slow_type_is_marked_and_a_missing_page_is_a_dash() -> None:
    results = Results(10, {"phrase": {"relevance": Times((120.0,), failed=1), "page 1,000": None}})
    [cells] = zip(*(column.cells for column in results._types().columns), strict=True)
    assert cells == ("phrase", "120.0 / 120.0!, 1 refused", "-", "-")
