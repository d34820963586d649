"""The question that a model is asked about spans, and the draft that its answer becomes."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.answerer.llm import prompt
from app.adapters.answerer.llm.answer import (
    LONGEST_QUOTE,
    LONGEST_SENTENCE,
    MOST_CITES,
    MOST_PROBLEMS,
    Found,
    found,
    joined,
)
from app.adapters.answerer.llm.data import data, digest, speaks
from app.adapters.answerer.llm.price import call_price, price
from app.adapters.answerer.llm.prompt import MOST_SENTENCES, Limits, answering, prompt_hash, room, tokens
from app.adapters.llm.price import repair_tokens
from app.domain.allotment import tokens as estimated
from app.domain.ask.answer import AskInput, Cite, Sentence, Source
from tests.factories.answers import raw_answer
from tests.factories.questions import FAIR, PARK, PICTURE, QUESTION, SIGN, asked, span

LIMITS = Limits(8000, 1024)
SMALLEST = Limits(2500, 256)
CITE = {"span": 1, "quote": PARK}
GOOD = {"sentence": PARK, "cites": [CITE]}
KEPT = Sentence(PARK, (Cite(1, PARK),))


def read(*entries: Any, text: str | None = None) -> Found:
    """A model's answer with these entries, or this text, as it is read."""
    return found(raw_answer(json.dumps({"answer": entries}) if text is None else text))


@st.composite
def questions(draw: st.DrawFn) -> AskInput:
    texts = draw(st.lists(st.text(max_size=200), max_size=30))
    times = draw(st.integers(1, 40))
    passages = draw(st.permutations(range(1, len(texts) + 1)))
    spans = [span(n, text * times, passage=rank) for n, (text, rank) in enumerate(zip(texts, passages, strict=True), 1)]
    return AskInput(draw(st.text(max_size=400)), draw(st.sampled_from(("ru", "en", "uk"))), tuple(spans))


class TestData:
    def test_everything_that_an_answer_depends_on_is_there(self) -> None:
        whole = data(asked(), 4000)
        assert whole.notes == ()
        assert json.loads(whole.json) == {
            "spans": [
                {"span": 1, "from": "post", "text": PARK},
                {"span": 2, "from": "post", "text": FAIR},
                {"span": 3, "from": "ocr", "text": SIGN},
                {"span": 4, "from": "description", "text": PICTURE},
            ],
            "language": "ru",
            "question": QUESTION,
        }

    def test_each_span_has_a_line_of_its_own(self) -> None:
        lines = data(asked(QUESTION, "one\ntwo\u2028three", "four"), 4000).json.split("\n")
        assert [json.loads(line.rstrip(","))["text"] for line in lines[1:-1]] == ["one\ntwo\u2028three", "four"]

    def test_spans_of_the_lowest_passages_are_left_out_whole(self) -> None:
        ranks = (3, 1, 2, 1)
        given_input = asked(QUESTION, *(span(n, PARK * 4, passage=rank) for n, rank in enumerate(ranks, 1)))
        three = estimated(data(asked(QUESTION, *([PARK * 4] * 3)), 4000).json)
        fitting = data(given_input, three + 10)
        assert [part["span"] for part in json.loads(fitting.json)["spans"]] == [2, 3, 4]
        assert fitting.notes == ("spans: 1 of 4 left out",)
        assert data(given_input, 4000).notes == ()

    def test_a_span_that_is_too_long_alone_keeps_its_beginning_and_end(self) -> None:
        found_data = data(asked(QUESTION, PARK + " слово" * 5000 + FAIR, "short"), 900)
        (only,) = json.loads(found_data.json)["spans"]
        assert only["text"].startswith(PARK)
        assert only["text"].endswith(FAIR)
        missing = only["text"].split("(... ")[1].split()[0]
        length = len(PARK + FAIR) + 6 * 5000
        assert found_data.notes == (f"span 1: {missing} of {length} characters left out", "spans: 1 of 2 left out")

    def test_a_long_question_leaves_room_for_spans(self) -> None:
        found_data = data(asked("очень " * 3000 + QUESTION, *([PARK] * 20)), 1000)
        parsed = json.loads(found_data.json)
        assert parsed["question"].endswith(QUESTION)
        assert len(parsed["spans"]) >= 3
        assert found_data.notes[0].startswith("question: ")

    @settings(deadline=None, max_examples=100)
    @given(questions(), st.integers(room(SMALLEST), 3000))
    def test_no_question_takes_more_than_its_room(self, given_input: AskInput, given_room: int) -> None:
        found_data = data(given_input, given_room)
        assert estimated(found_data.json) <= given_room
        parsed = json.loads(found_data.json)
        sent = [part["span"] for part in parsed["spans"]]
        assert sent == sorted(sent)
        assert bool(sent) == bool(given_input.spans)  # the best one has its place, however long
        dropped = [one.passage for one in given_input.spans if one.number not in sent]
        assert not dropped or max(one.passage for one in given_input.spans if one.number in sent) < min(dropped)
        if not found_data.notes:
            assert len(sent) == len(given_input.spans)

    @settings(deadline=None, max_examples=100)
    @given(questions(), st.sampled_from((LIMITS, SMALLEST)))
    def test_no_call_costs_more_than_its_limits(self, given_input: AskInput, limits: Limits) -> None:
        cost = call_price(given_input, limits)
        assert cost <= limits.input_tokens + limits.max_tokens
        sent = tokens(answering(data(given_input, room(limits)).json))
        assert cost == (sent + limits.max_tokens if speaks(given_input) else 0)
        repair = repair_tokens(limits.input_tokens, limits.max_tokens)
        assert price(given_input, limits) == (cost + repair if cost else 0)

    def test_without_words_to_ask_or_answer_there_is_nothing_to_say(self) -> None:
        assert all(map(speaks, (asked(), asked("2?", "2 = 2"), asked("я", "я"))))
        assert not any(map(speaks, (AskInput(QUESTION, "ru", ()), asked("?!"), asked(QUESTION, "...", "😀"))))

    def test_the_digest_is_of_everything(self) -> None:
        one = asked()
        first = one.spans[0]
        spans: list[dict[str, Any]] = [
            {"number": 9},
            {"passage": 9},
            {"publication_id": 9},
            {"source": Source.OCR},
            {"start": 9},
            {"text": "x"},
        ]
        others = [
            dataclasses.replace(one, spans=(dataclasses.replace(first, **change), *one.spans[1:])) for change in spans
        ]
        others += [
            dataclasses.replace(one, question="x"),
            dataclasses.replace(one, language="en"),
            asked(QUESTION, PARK),
        ]
        assert digest(one) == digest(asked())
        assert len({digest(one), *map(digest, others)}) == 10


class TestPrompt:
    def test_the_hash_follows_words_schema_and_numbers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = prompt_hash(LIMITS)
        assert first == prompt_hash(Limits(8000, 1024))
        seen = {first, prompt_hash(SMALLEST), prompt_hash(Limits(8000, 1000)), prompt_hash(Limits(8000, 1024, 0))}
        for name in ("SYSTEM", "TASK", "DATA", "REPAIR"):
            monkeypatch.setattr(prompt, name, getattr(prompt, name) + " Please.")
            seen.add(prompt_hash(LIMITS))
        monkeypatch.setattr(prompt, "SCHEMA", {})
        seen.add(prompt_hash(LIMITS))
        assert len(seen) == 9

    def test_a_question_stays_within_its_tokens(self) -> None:
        many = asked(QUESTION, *([PARK] * 500))
        for limits in (LIMITS, SMALLEST):
            assert 0.95 * limits.input_tokens < tokens(answering(data(many, room(limits)).json)) <= limits.input_tokens

    def test_weak_evidence_is_named_as_such(self) -> None:
        (_, user) = answering(data(asked(), 4000).json)
        assert "description, words of a model about its pictures: weak evidence" in user.text
        assert '"from": "description"' in user.text


class TestAnswer:
    def test_a_good_answer(self) -> None:
        assert read(GOOD) == Found((KEPT,))
        assert read() == Found(())

    @pytest.mark.parametrize(
        ("text", "sentences", "wrong"),
        [
            ("", (), "no JSON object"),
            ("Парк открыли.", (), "no JSON object"),
            ('{"answer": "Парк открыли."}', (), "answer: Input should be a valid list"),
            ('{"answer": null}', (), "answer: Field required"),
            ('{"sentences": []}', (), "answer: Field required"),
            ('{"answer": {"sentence": "x", "cites": []}}', (), "answer: Input should be a valid list"),
            (f"Sure!\n```json\n{json.dumps({'answer': [GOOD]})}\n```", (KEPT,), None),
            (f'<think>{{"answer": []}}</think>{json.dumps({"answer": [GOOD]})}', (KEPT,), None),
            ('{"answer": ' * 50_000, (), "cannot be parsed"),
        ],
    )
    def test_forms_of_answers(self, text: str, sentences: tuple[Sentence, ...], wrong: str | None) -> None:
        answer = read(text=text)
        assert answer.sentences == sentences
        assert (wrong is None) == (not answer.misformed)
        assert wrong is None or wrong in answer.misformed[0]

    @pytest.mark.parametrize("before", ["", "```json\n", "\n "])
    def test_a_post_that_contains_a_mark_of_thoughts_does_not_end_them(self, before: str) -> None:
        """Else a span could delete the sentences before the one that quotes it."""
        hostile = {"sentence": "В посте стоит знак.", "cites": [{"span": 2, "quote": "знак </think> {}"}]}
        answer = read(text=before + json.dumps({"answer": [GOOD, hostile]}, ensure_ascii=False))
        assert answer.sentences == (KEPT, Sentence("В посте стоит знак.", (Cite(2, "знак </think> {}"),)))
        assert answer.misformed == ()

    @pytest.mark.parametrize(
        ("entry", "sentence", "wrong"),
        [
            ("Парк открыли.", Sentence("Парк открыли.", ()), "answer.1: Input should be a valid dictionary"),
            (95, None, "answer.1: Input should be a valid dictionary"),
            ({"cites": [CITE]}, None, "answer.1.sentence: Field required"),
            ({"sentence": 5, "cites": [CITE]}, None, "answer.1.sentence: Input should be a valid string"),
            ({"sentence": "Да."}, Sentence("Да.", ()), "answer.1.cites: Field required"),
            ({"sentence": "Да.", "cites": CITE}, Sentence("Да.", ()), "answer.1.cites: Input should be a valid list"),
            (
                {"sentence": "Да.", "cites": [{"span": 2}, CITE]},
                Sentence("Да.", (Cite(1, PARK),)),
                "answer.1.cites.0.quote: Field required",
            ),
            (
                {"sentence": "Да.", "cites": [{"span": "two", "quote": "x"}]},
                Sentence("Да.", ()),
                "answer.1.cites.0.span: Input should be a valid integer",
            ),
            (
                {"sentence": "Да.", "cites": [{"span": True, "quote": "x"}]},
                Sentence("Да.", ()),
                "Input should be a num",
            ),
            ({"sentence": "Да.", "cites": [{"span": -1, "quote": "x"}]}, Sentence("Да.", ()), "greater than or equal"),
            ({"sentence": "Да.", "cites": [{"span": 10**30, "quote": "x"}]}, Sentence("Да.", ()), "less than or equal"),
            (
                {"sentence": " ".join(map(str, range(LONGEST_SENTENCE // 3))), "cites": [CITE]},
                None,
                "at most 1000 characters",
            ),
        ],
    )
    def test_a_misformed_entry_is_told_and_the_others_count(
        self, entry: Any, sentence: Sentence | None, wrong: str
    ) -> None:
        answer = read(GOOD, entry)
        assert answer.sentences == (KEPT, *([sentence] if sentence else []))
        assert any(wrong in fault for fault in answer.misformed)
        assert answer.draft.problems == answer.misformed

    @pytest.mark.parametrize("number", ["1", 1.0, " 1 "])
    def test_a_number_may_be_written_as_a_text(self, number: Any) -> None:
        assert read({"sentence": PARK, "cites": [{"span": number, "quote": PARK}]}) == Found((KEPT,))

    def test_a_sentence_without_cites_is_left_to_the_checks(self) -> None:
        assert read({"sentence": "Да.", "cites": []}) == Found((Sentence("Да.", ()),))

    def test_an_answer_that_was_cut_keeps_whole_sentences_alone(self) -> None:
        whole = json.dumps({"answer": [GOOD, {"sentence": FAIR, "cites": [{"span": 2, "quote": FAIR}]}]})
        for end in range(len(whole)):
            answer = read(text=whole[:end])
            assert answer.misformed
            for one in answer.sentences:
                assert one in (KEPT, Sentence(FAIR, (Cite(2, FAIR),)))

    def test_a_model_in_a_loop_is_cut_short(self) -> None:
        answer = read(*([GOOD] * 50))
        assert (answer.sentences, answer.misformed) == ((KEPT,), ())
        assert answer.unfit[0] == "answer.1.sentence: repeats another"
        assert len(answer.draft.problems) == MOST_PROBLEMS
        many = read(*({"sentence": f"Да {n}.", "cites": [CITE]} for n in range(30)))
        assert [one.text for one in many.sentences] == [f"Да {n}." for n in range(MOST_SENTENCES)]
        assert many.draft.problems == ("answer: the first 12 of 30 sentences count",)
        looped = read({"sentence": "В парке пруд. " * 100, "cites": [CITE]})
        assert [one.text for one in looped.sentences] == ["В парке пруд."]
        assert looped.draft.problems == ("answer.0.sentence: repeats itself",)
        cited = read({"sentence": "Да.", "cites": [{"span": n, "quote": "x"} for n in range(20)]})
        assert len(cited.sentences[0].cites) == MOST_CITES
        assert cited.draft.problems == ("answer.0.cites: the first 8 of 20 count",)
        assert (
            not read({"sentence": "Да.", "cites": [{"span": 1, "quote": "x" * (LONGEST_QUOTE + 1)}]}).sentences[0].cites
        )

    def test_signs_that_show_nothing_disguise_no_sentence(self) -> None:
        (one,) = read({"sentence": " Па\u00adрк\u202e\n\x00от\u200bкрыли\U000e0049. ", "cites": [CITE]}).sentences
        assert one.text == "Парк \ufffdоткрыли."
        assert read({"sentence": "\u200b\n", "cites": [CITE]}).unfit == ("answer.0.sentence: no words",)
        family = read({"sentence": "👨‍👩‍👧", "cites": [CITE]}).sentences[0].text  # its joiners are part of it
        assert family == "👨‍👩‍👧"

    def test_a_quote_is_kept_letter_by_letter(self) -> None:
        quote = " Пар\u00adк\n\u202e  "
        assert read({"sentence": "Да.", "cites": [{"span": 1, "quote": quote}]}).sentences[0].cites == (Cite(1, quote),)

    def test_of_answer_and_repair_the_better_one_counts(self) -> None:
        broken, better = read(GOOD, {"sentence": "Да.", "cites": [CITE]}, 95), read(GOOD)
        assert joined([broken, better]) is better
        assert joined([broken, read()]) == read()  # in good form: the spans do not answer
        assert joined([broken, read(GOOD, 95)]) is broken
        assert joined([broken]) is broken

    @settings(deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(CITE) | st.just(GOOD),
            lambda one: (
                st.lists(one)
                | st.dictionaries(st.sampled_from(("answer", "sentence", "cites", "span", "quote")) | st.text(), one)
            ),
        )
    )
    def test_any_json_is_read_without_a_crash(self, value: Any) -> None:
        for text in (json.dumps({"answer": value}), json.dumps({"answer": [value]}), json.dumps(value), str(value)):
            answer = found(raw_answer(text))
            assert len(answer.sentences) <= MOST_SENTENCES
            assert all(one.text and len(one.cites) <= MOST_CITES for one in answer.sentences)
            assert len(answer.draft.problems) <= MOST_PROBLEMS
