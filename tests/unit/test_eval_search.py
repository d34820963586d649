"""The labelled set of search holds what it promises, its loader names faults, the measures are those of the books."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest

from app.demo.channels import gallery
from app.errors import UserError
from app.eval.cases import CONTENT
from app.eval.scores import normalised
from app.eval.search.labelled import LANGUAGES, NONSENSE, SPLITS, LabelledSet, Query, faults, load
from app.eval.search.metrics import ndcg, recall, reciprocal_rank
from app.eval.search.scores import ALL, Answer, by_group, noise, plain

GRADES = {"best": 2, "good": 1, "fair": 1}


@pytest.fixture(scope="module")
def labelled() -> LabelledSet:
    return load()


def test_ndcg_by_hand() -> None:
    # 1/log2(2) + 0 + 3/log2(4) = 2.5, of at best 3 + 1/log2(3) + 1/log2(4) = 4.13093
    assert ndcg(["good", "wrong", "best"], GRADES) == pytest.approx(2.5 / 4.130930, abs=1e-6)
    assert ndcg(["best", "good", "fair"], GRADES) == 1
    assert ndcg(["good", "best", "fair"], GRADES) == pytest.approx((1 + 3 / log2(3) + 0.5) / 4.130930, abs=1e-6)
    assert ndcg([], GRADES) == ndcg(["wrong"], GRADES) == 0


def test_ndcg_looks_at_ten_places_and_counts_a_document_once() -> None:
    assert ndcg([*map(str, range(10)), "best"], {"best": 2}) == 0
    assert ndcg([*map(str, range(9)), "best"], {"best": 2}) == pytest.approx(1 / log2(11))
    assert ndcg([str(at) for at in range(10)], {str(at): 1 for at in range(12)}) == 1
    assert ndcg(["good", "good"], GRADES) == ndcg(["good"], GRADES)


def test_recall_and_the_reciprocal_rank_by_hand() -> None:
    assert recall(["wrong", "fair", "best"], GRADES) == pytest.approx(2 / 3)
    assert recall([*map(str, range(20)), "best"], {"best": 2}) == 0
    assert recall([*map(str, range(19)), "best"], {"best": 2}) == 1
    assert recall(["wrong"], {"wrong": 0, "best": 2}) == 0
    assert reciprocal_rank(["wrong", "also wrong", "fair", "best"], GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank(["best"], GRADES) == 1
    assert reciprocal_rank([*map(str, range(20)), "best"], GRADES) == 0


def answer(type_: str, *found: str, split: str = "tune", language: str = "ru") -> Answer:
    grades = {} if type_ == NONSENSE else {"best": 2}
    return Answer(Query("q", type_, language, split, grades), "words", found)


def test_scores_are_means_by_group_and_nonsense_is_apart() -> None:
    answers = [answer("exact", "best"), answer("exact", "wrong"), answer("short", "best"), answer(NONSENSE, "a", "b")]
    scores = by_group(answers, lambda query: query.type)
    assert {name: (one.queries, one.ndcg) for name, one in scores.items()} == {
        "exact": (2, 0.5),
        "short": (1, 1.0),
        ALL: (3, pytest.approx(2 / 3)),
    }
    assert vars(noise([*answers, answer(NONSENSE)])) == {"queries": 2, "answered": 1, "hits": 2}


def test_the_json_keeps_halves_apart_and_tells_no_answer_of_the_half_that_is_only_reported() -> None:
    seen = [answer("exact", "wrong", "best"), answer("short", "wrong")]
    found = plain([*seen, answer("exact", "wrong", split="report", language="uk")])
    assert found["scores"]["tune"]["words"]["types"]["exact"]["mrr"] == 0.5
    assert found["scores"]["report"]["words"]["languages"]["uk"]["mrr"] == 0
    assert [one["grade"] for one in found["answers"][0]["found"]] == [0, 2]
    assert [one["missing"] for one in found["answers"]] == [[], ["best"]]


def test_the_set_holds_what_it_promises(labelled: LabelledSet) -> None:
    languages = Counter(one.language for one in labelled.documents.values())
    assert languages.total() == 300
    assert languages["ru"] >= 140
    assert languages["en"] >= 100
    assert languages["uk"] >= 40
    queries = Counter(query.split for query in labelled.queries if query.type != NONSENSE)
    assert queries == {"tune": 100, "report": 100}
    assert len({query.type for query in labelled.queries} - {NONSENSE}) >= 12
    nonsense = Counter(query.language for query in labelled.queries if query.type == NONSENSE)
    assert nonsense == dict.fromkeys(LANGUAGES, 10)
    for split in SPLITS:  # neither half is of one language
        asked = Counter(query.language for query in labelled.of([split]))
        assert min(asked.values()) >= 15, split


def test_documents_are_as_different_as_posts_are(labelled: LabelledSet) -> None:
    documents = labelled.documents.values()
    lengths = [len(one.text.split()) for one in documents]
    assert max(lengths) > 100
    assert sum(length <= 3 for length in lengths) >= 10
    silent = [one for one in documents if not one.text]
    assert len([one for one in silent if any(item.ocr for item in one.items)]) >= 10
    assert any(len(one.items) > 1 for one in documents)
    assert any(item.file_name for one in documents for item in one.items)


def test_no_document_is_one_of_the_sample_channels(labelled: LabelledSet) -> None:
    known = normalised(" ".join([str(gallery.sections()), *(file.read_text() for file in SAMPLES)])).lower()
    lines = [one.text for one in labelled.documents.values() if len(one.text) > 25]
    assert len(lines) > 200
    assert not [line for line in lines if normalised(line).lower() in known]


SAMPLES = sorted((Path(gallery.__file__).parent / "content").glob("*.posts"))


def test_the_loader_names_each_fault(labelled: LabelledSet) -> None:
    assert list(faults(labelled)) == []
    first = labelled.queries[0]
    for wrong, words in (
        (replace(first, grades={"no-such": 2}), "names the unknown publication no-such"),
        (replace(first, grades=dict.fromkeys(first.grades, 1)), "has no answer"),
        (replace(first, type=NONSENSE), "is nonsense, but has an answer"),
        (replace(first, language="de"), "unknown language de"),
        (replace(first, split="report"), "queries in tune and"),
        (labelled.queries[1], "is there 2 times"),
    ):
        found = list(faults(replace(labelled, queries=[wrong, *labelled.queries[1:]])))
        assert any(words in fault for fault in found), words


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        (
            '[exact]\ntune = [{ text = "a", language = "ru", answers = ["ru-ruble"] }]',
            "1 queries in tune and 0 in report",
        ),
        ('[exact]\ntest = [{ text = "a", language = "ru", answers = ["ru-ruble"] }]', "unknown half test"),
        (
            '[exact]\ntune = [{ text = "a", language = "ru", answers = ["ru-oil"], related = ["ru-oil"] }]',
            "two grades to ru-oil",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_fault(tmp_path: Path, queries: str, words: str) -> None:
    for language in LANGUAGES:
        name = f"search_documents_{language}.toml"
        (tmp_path / name).write_text((CONTENT / name).read_text())
    (tmp_path / "search_queries.toml").write_text(queries)
    with pytest.raises(UserError, match=words):
        load(tmp_path)
