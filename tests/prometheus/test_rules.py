"""Rules and configuration, by Prometheus' own tool: they load, and each alert fires when it should and not before."""

from __future__ import annotations

import pytest

from tests.prometheus.server import PLACE, promtool


@pytest.mark.parametrize("name", ["prometheus.yml", "local.yml"])
def test_the_configuration_loads_with_all_rules(name: str) -> None:
    checked = promtool("check", "config", "--lint-fatal", str(PLACE / name))
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("rules found") == len([*PLACE.glob("rules/*.yml")]), checked.stdout


def test_each_alert_fires_and_does_not_just_below() -> None:
    tested = promtool("test", "rules", *map(str, sorted(PLACE.glob("tests/*.yml"))))
    assert tested.returncode == 0, tested.stdout
