"""docs/licences.md and NOTICE as texts: the same for the same pins, on any machine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from scripts.licences.facts import FACTS
from scripts.licences.packages import Pin, libraries, pins, verdict

HERE = Path(__file__).parent


def page() -> str:
    """docs/licences.md."""
    runtime, embedded, exporter = pins("runtime"), pins("embedded"), pins("exporter")
    return _filled(
        "page.md",
        gpl=_table("package | library | file | licence", _gpl()),
        packages=_table("package | version | licence | only", (_package(pin, runtime) for pin in sorted(embedded))),
        exporter=_table("package | version | licence | only", (_package(pin, exporter) for pin in sorted(exporter))),
        libraries=_table("package | library (licence)", map(_libraries, FACTS["libraries"].items())),
        data=_table("data | where | licence | whose | told by", map(_data, FACTS["data"])),
        images=_table("image | licence", FACTS["images"].items()),
    )


def notice() -> str:
    """NOTICE."""
    own = [one for one in FACTS["data"] if "package" not in one and "place" not in one]
    others = [one for one in FACTS["data"] if one not in own]
    return _filled("notice.txt", works=_lines(own), installed=_lines(others))


def _gpl() -> Iterable[tuple[str, ...]]:
    for package, names in FACTS["exceptions"].items():
        for name in names:
            yield package, name, f"`{libraries(package)[name]}`", FACTS["libraries"][package][name]


def _package(pin: Pin, runtime: set[Pin]) -> tuple[str, ...]:
    only = ["embedded"] * (pin not in runtime) + [f"`{pin.condition}`"] * bool(pin.condition)
    return pin.name, pin.version, verdict(pin).licence, ", ".join(only)


def _libraries(of: tuple[str, dict[str, str]]) -> tuple[str, str]:
    return of[0], _sentence(f"{name} ({licence})" for name, licence in of[1].items())


def _data(one: dict[str, Any]) -> tuple[str, ...]:
    where = one.get("package") or one.get("place") or f"`{one['files']}`"
    return one["name"], where, one["licence"], one["holder"], one["told"]


def _lines(data: list[dict[str, Any]]) -> str:
    lines = (f"- {one['name']} ({one['licence']}): {one['holder']}" for one in data)
    return "\n".join(fill(line, 110, subsequent_indent="  ") for line in lines)


def _sentence(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    bar = " | ".join("---" for _ in head.split("|"))
    return "\n".join(f"| {line} |" for line in (head, bar, *(" | ".join(row) for row in rows)))


def _filled(name: str, **parts: str) -> str:
    return Template((HERE / name).read_text()).substitute(parts)
