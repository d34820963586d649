"""Metrics: each name once, every label value out of a small closed set, both text formats readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition, parser
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from app import metrics
from app.metrics import CONFIGURED, FAMILIES, SERVED, Family
from app.observe import files
from app.settings import Settings, get_settings

LABELS = {"stage", "media", "outcome", "provider", "has_ocr", "status", "model", "changed", "reason", "verdict"}
LABELS |= {"route", "method", "code", "medium"}
MOST_SERIES = 970  # of all families
MOST_SAMPLES = 4_100  # lines of an exposition in which everything has happened


def test_every_metric_is_defined_once_and_none_is_forgotten() -> None:
    defined = [value for value in vars(metrics).values() if isinstance(value, Family)]
    assert sorted(family.name for family in defined) == sorted(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_no_label_can_name_a_post_a_channel_or_an_album(family: Family) -> None:
    """Every label of every family, and every value: words that are written down here, and no others."""
    assert set(family.labels) <= LABELS
    for values in family.labels.values():
        assert values in (CONFIGURED, SERVED) or all(re.fullmatch(r"[a-z_]+|[2-5]xx", value) for value in values)
        assert len(set(values)) == len(values) <= 14


def test_the_number_of_series_has_a_bound() -> None:
    assert sum(family.most_series() for family in FAMILIES.values()) <= MOST_SERIES
    # For a histogram its buckets, sum and count.
    lines = (family.most_series() * (len(family.bounds) + 2 if family.buckets else 1) for family in FAMILIES.values())
    assert sum(lines) <= MOST_SAMPLES


def test_buckets_of_sizes_are_those_that_dashboards_know() -> None:
    assert metrics.MEDIA_SIZE.buckets == (50_000, 100_000, 500_000, 1_000_000, 5_000_000, 20_000_000)


def test_models_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISION_MODEL", "GigaChat-Max")
    get_settings.cache_clear()
    assert metrics.allowed(CONFIGURED) == ("GigaChat-Max", "other")
    assert len(metrics.allowed(CONFIGURED)) <= metrics.MODELS


def test_a_value_outside_of_its_set_makes_no_series_of_its_own() -> None:
    with capture_logs() as log:
        labels = [metrics.normal(metrics.VISION_TOKENS, ("https://secret", f"model {n}")) for n in range(50)]
    assert set(labels) == {("other", "other")}
    assert len(log) <= 2, "said once, and without the value"
    assert "secret" not in str(log)


def test_templates_of_addresses_have_a_bound() -> None:
    """They come from the code; even if they did not, they could not fill a disk."""
    found = metrics.Templates(metrics.TEMPLATES)
    labels = [found.label(f"/page/{number}") for number in (*range(200), *range(10))]
    assert len({*labels, *found.labels()}) == len(found.labels()) == metrics.TEMPLATES
    assert (labels[0], labels[100], labels[200]) == ("/page/0", metrics.OTHER, "/page/0")


def test_both_text_formats_can_be_read_by_their_own_parsers(tmp_path: Path) -> None:
    files.attach(Settings(media_audit_home=tmp_path))
    try:
        for family in FAMILIES.values():
            labels = tuple(metrics.allowed(values)[0] for values in family.labels.values())
            metrics.observe(family, labels, 0.3) if family.buckets else metrics.count(family, labels)
    finally:
        files.detach()
    registry = CollectorRegistry()

    class Found:
        def collect(self) -> object:
            return files.merged(tmp_path / files.DIRECTORY)

    registry.register(Found())  # type: ignore[arg-type]
    classic = {family.name for family in text_string_to_metric_families(generate_latest(registry).decode())}
    strict = {
        family.name for family in parser.text_string_to_metric_families(exposition.generate_latest(registry).decode())
    }
    assert classic == strict == {name.removesuffix("_total") for name in FAMILIES}
