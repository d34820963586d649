"""What a run counts equals what its report says; what was rolled back counts nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import db, guards, metrics
from app.db import transaction
from app.demo.llm.faults import Fault
from app.errors import Transient
from app.metrics import FAMILIES
from app.observe import files
from app.observe.agreement import disagreements, total
from app.status.run_report import snapshot
from tests.factories.messages import album, document, message, photo, texts
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.paid import Bought


def counted(place: Path, sample: str, **labels: str) -> float:
    return total(files.merged(place), sample, labels)


def of(place: Path) -> list[str]:
    with transaction() as session:
        return disagreements(files.merged(place), snapshot(session).totals)


def test_a_run_counts_what_its_report_says(flow: Flow, counts: Path) -> None:
    flow.vision.failures = {"moody": [Transient("a moment")]}
    same = photo("cat")
    flow.post(*texts(range(1, 4)), *album(range(10, 14), 77, {11: "Caption"}), message(20, "One", same))
    flow.post(message(21, "The same file", photo(data=same.read())), message(22, "", photo("moody", "words")))
    flow.post(message(23, "A document", document(b"%PDF-1.4 no reader here")), message(24, "Broken", photo(data=b"x")))
    flow.watch()
    flow.post(message(1, "Another text altogether, about something else"))
    flow.run()
    assert of(counts) == []
    assert counted(counts, "media_processing_total", stage="vision", outcome="err") >= 1
    assert counted(counts, "media_processing_total", stage="parse", media="album") == 4
    assert counted(counts, "media_bytes_total", media="doc") == len(b"%PDF-1.4 no reader here")
    assert counted(counts, "media_processing_total", stage="index") == 9
    assert counted(counts, "media_processing_total", stage="reindex") >= 1
    assert counted(counts, "retagging_processed_total", changed="true", outcome="ok") >= 1
    flow.drive.poll()
    flow.drive.settle()
    assert of(counts) == [], "what is seen again counts nothing"
    _walk(counts)


def _walk(place: Path) -> None:
    """Every label value that a real run recorded is one of its set."""
    found = {FAMILIES.get(f"{one.name}_total") or FAMILIES[one.name]: one for one in files.merged(place)}
    assert found
    for family, metric in found.items():
        for sample in metric.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            assert labels.keys() == family.labels.keys()
            assert all(value in metrics.allowed(family.labels[name]) for name, value in labels.items())


def test_what_is_rolled_back_or_repeated_is_counted_once_at_most(flow: Flow, counts: Path) -> None:
    def write(*, fails: bool) -> None:
        with transaction() as session:
            db.after_commit(session, lambda: metrics.count(metrics.RETAGGED, ("true", "ok")))
            assert counted(counts, "retagging_processed_total") == 0, "not before the commit"
            if fails:
                raise Transient("the database goes away")

    with pytest.raises(Transient):
        write(fails=True)
    assert counted(counts, "retagging_processed_total") == 0
    write(fails=False)
    assert counted(counts, "retagging_processed_total") == 1


def test_counting_fails_no_work_and_runs_outside_of_its_transaction(flow: Flow) -> None:
    seen: list[str] = []

    def fail() -> None:
        guards.refuse_messages()
        seen.append("the transaction is over")
        raise OSError("no room")

    with transaction() as session:
        db.after_commit(session, fail)
        db.after_commit(session, lambda: seen.append("the next one"))
    assert seen == ["the transaction is over", "the next one"]


def test_paid_calls_count_as_the_ledger_does(bill: Bought, counts: Path) -> None:
    bill.photos(2)
    assert counted(counts, "vision_analysis_requests_total", provider="openai", status="ok") == bill.chats == 2
    assert counted(counts, "vision_tokens_used_total", provider="openai") == bill.spent() > 0
    assert counted(counts, "vision_analysis_duration_seconds_count", provider="openai") == 2
    bill.server.faults.add(Fault("rate_limit"))
    bill.photos(1, first=3)
    bill.later()
    assert counted(counts, "vision_analysis_requests_total", status="rate_limited") == 1
    assert counted(counts, "vision_tokens_used_total") == bill.spent()
    assert of(counts) == []
