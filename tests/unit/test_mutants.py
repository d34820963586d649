"""The mutants: which slips are made, which are left out by rule, and that a sample is the same each time."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutants import report
from tests.mutants.__main__ import arguments
from tests.mutants.again import survivors
from tests.mutants.bench import CAUGHT, HUNG, SURVIVED, Baseline
from tests.mutants.exclusions import known
from tests.mutants.operators import Mutant, mutants_of
from tests.mutants.report import Result
from tests.mutants.rooms import ROOMS, ROOT, Room


def slips(source: str) -> list[str]:
    """The lines after each damage."""
    return [mutant.after for mutant in mutants_of("x.py", source)]


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("a < b", ["a <= b"]),
        ("a is not None", ["a is None"]),
        ("a not in b", ["a in b"]),
        ("a and b or c", ["a and b and c", "a or b or c"]),
        ("x = a + 1", ["x = a - 1", "x = a + 2"]),
        ("x = y if z else w", ["x = y if (not (z)) else w"]),
        ("x = [y for y in z if y]", ["x = [y for y in z if (not (y))]"]),
        ("x = max(y)", ["x = min(y)"]),
        ("x = True", ["x = False"]),
        ("x = 'word'", ["x = 'xword'"]),
        ("x.y = z", ["pass"]),
        ("x.y()", ["pass"]),
        ("x += y", ["pass"]),
        ("x = q.where(a, b)", ["x = q", "x = q.where(b)", "x = q.where(a)"]),
        ("x = q.order_by(a.desc())", ["x = q", "x = q.order_by(a)"]),
        ("x = f(a, b=c)", ["x = f(a)"]),
        ("x = zip(a, b, strict=False)", ["x = zip(a, b)", "x = zip(a, b, strict=True)"]),
        ("x = names['word']", ["x = names['xword']"]),
        ("x = f(a=b, c=d)", ["x = f(c=d)", "x = f(a=b)"]),
        ("def f():\n    return x", ["return None"]),
    ],
    ids=str,
)
def test_each_kind_of_slip(source: str, after: Sequence[str]) -> None:
    assert slips(source) == after


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "import a.b",
        "from a import b",
        "__all__ = ['a']",
        "x: dict[str, int]",
        "def f(x: int | None) -> str | None: ...",
        "@decorated(1)\nclass A(Base): ...",
        "if TYPE_CHECKING:\n    x = 1",
        "log.info('word', count=1)",
        "raise Permanent('word')",
        "x = f'{a} of {b} word'",
        "x = 'words for people'",
        "x = ''",
        "Kind = Literal['photo', 'video']",
        "Key = tuple[int, int]",
        "x = zip(y, z, strict=True)",
    ],
)
def test_what_no_test_has_to_notice_is_left_out(source: str) -> None:
    assert slips(source) == []


def test_bytes_before_a_place_are_counted_as_bytes() -> None:
    assert slips("x = 'слово' < b") == ["x = 'слово' <= b", "x = 'xслово' < b"]


def test_a_mutant_is_named_by_its_function_and_line() -> None:
    [mutant] = mutants_of("app/x.py", "class A:\n    def f(self):\n        pass\n        a < b\n")
    assert (mutant.line, mutant.key) == (4, "app/x.py f: a < b -> a <= b")
    assert mutant.source.splitlines()[3] == "        a <= b"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_each_room_has_code_and_tests(room: Room) -> None:
    for pattern in (*room.code, *room.tests):
        assert list(ROOT.glob(pattern)), pattern
    [*some] = mutants_of(room.files()[0], (ROOT / room.files()[0]).read_text("utf-8"))
    assert all(ast.parse(mutant.source) for mutant in some[:20])


def test_a_sample_is_the_same_for_a_seed_and_grows_at_its_end() -> None:
    room = Room("small", ("app/domain/gate.py",), ())
    assert room.sample(1, 9) == room.sample(1, 9)
    assert room.sample(1, 30)[:9] == room.sample(1, 9)
    assert room.sample(2, 9) != room.sample(1, 9)


def test_equal_mutants_are_no_part_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room("small", ("app/domain/gate.py",), ())
    first = room.sample(1, 1)[0]
    monkeypatch.setitem(known()["equal"], first.key, "for this test")
    assert first.key not in {mutant.key for mutant in room.mutants()}


def told(file: Path, *verdicts: tuple[str, str, str]) -> Path:
    """The --json of a run: room, key and verdict of each mutant."""
    names = ("room", "key", "verdict")
    file.write_text("".join(json.dumps(dict(zip(names, one, strict=True))) + "\n" for one in verdicts))
    return file


def test_the_survivors_of_a_run_are_tried_again_and_those_that_are_gone_are_told(tmp_path: Path) -> None:
    room, other = Room("small", ("app/domain/gate.py",), ()), Room("other", ("app/domain/guard.py",), ())
    [first, second, third] = room.sample(1, 3)
    file = told(
        tmp_path / "run.json",
        ("small", first.key, SURVIVED),
        ("small", second.key, SURVIVED),
        ("other", other.sample(1, 1)[0].key, SURVIVED),
        ("small", "app/domain/gate.py f: a < b -> a <= b", SURVIVED),
        ("small", third.key, CAUGHT),
        ("small", second.key, CAUGHT),
    )
    found = survivors(file, [room])
    assert [(one.name, mutant) for one, mutant in found.waiting] == [("small", first)]
    assert found.gone == ["small: app/domain/gate.py f: a < b -> a <= b"]


def test_a_table_of_whole_samples_is_not_written_from_survivors(tmp_path: Path) -> None:
    file = told(tmp_path / "run.json")
    with pytest.raises(SystemExit):
        arguments(["--again", str(file), "--write"])
    assert arguments(["--again", str(file)]).again == file


def test_every_known_mutant_is_there_and_has_a_reason() -> None:
    files = {key.partition(" ")[0] for part in known().values() for key in part}
    keys = {m.key for file in files for m in mutants_of(file, (ROOT / file).read_text("utf-8"))}
    assert {key for part in known().values() for key in part} <= keys
    assert all(reason for part in known().values() for reason in part.values())


def damaged(line: int) -> Mutant:
    return Mutant("app/x.py", line, "f", "comparison", "a < b", "a <= b", "")


def test_the_tests_that_run_a_line_judge_it_the_fastest_first() -> None:
    baseline = Baseline({"slow": 3.0, "quick": 1.0, "other": 0.5}, {("app/x.py", 7): {"slow", "quick"}})
    assert baseline.business(damaged(7)) == ["quick", "slow"]
    assert baseline.business(damaged(9)) == ["quick", "slow"], "a later line of the same statement"
    assert baseline.business(damaged(40)) == ["other", "quick", "slow"], "no test is known to run it: all of the room"


def test_a_constant_is_judged_by_the_tests_that_run_a_line_which_reads_it() -> None:
    path = "app/domain/budget.py"
    source = (ROOT / path).read_text("utf-8")
    lines = source.splitlines()
    defined = next(n for n, line in enumerate(lines, start=1) if line.startswith("BUSY = "))
    read = next(n for n, line in enumerate(lines, start=1) if "2 * BUSY" in line)
    baseline = Baseline({"reader": 2.0, "other": 0.5}, {(path, read): {"reader"}})
    assert baseline.business(Mutant(path, defined, "module", "number", "1.0", "2.0", source)) == ["reader"]


def test_the_table_counts_what_hangs_as_caught_and_names_what_survives() -> None:
    results = [Result("gate", damaged(n), verdict) for n, verdict in enumerate((CAUGHT, HUNG, SURVIVED))]
    told = report.table(results, seed=1, minutes=3.0)
    assert "| gate | 3 | 2 | 67% |" in told
    assert "| gate | `app/x.py f: a < b -> a <= b` | a test is missing |" in told


def test_the_page_has_the_place_for_the_table() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert text.count(report.BEGIN) == text.count(report.END) == 1
    assert text.index(report.BEGIN) < text.index(report.END)
