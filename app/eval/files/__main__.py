"""python -m app.eval.files: words found by kind of file, by this version or by another one beside it (docs/eval.md)."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from rich.progress import Progress

from app.cli.output import OK, WRONG, err, out
from app.errors import UserError
from app.eval.files import report
from app.eval.files.kinds import Sample, samples
from app.eval.files.scores import Row, rows
from app.eval.files.versions import HERE, Version, in_turns


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m app.eval.files", description=__doc__)
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="checkout of the version to compare with")
    parser.add_argument("--only", default="", metavar="TEXT", help="kinds whose group or name contains it")
    parser.add_argument("--rounds", type=int, default=3, help="readings of each file; the quickest counts (default 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all scores there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there as docs/eval.md has it")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the drawn files there to look at")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Draws, reads in turns, prints. Returns 0 even with bad scores; 2 for a folder that is no checkout."""
    given = arguments(argv)
    codes = [code.expanduser().absolute() for code in (given.before, HERE) if code]
    try:
        found = _rows(given, codes)
    except UserError as error:
        err().print(str(error), style="red", markup=False, soft_wrap=True)
        return WRONG
    report.show(out(), found)
    if given.json:
        content = json.dumps([asdict(row) for row in found], ensure_ascii=False, indent=1)
        given.json.write_text(content + "\n", encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(report.markdown(found) + "\n", encoding="utf-8")
    return OK


def _rows(given: argparse.Namespace, codes: Sequence[Path]) -> list[Row]:
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="files-")))
        folder.mkdir(parents=True, exist_ok=True)
        versions = [stack.enter_context(Version(code)) for code in codes]
        drawn = list(samples(given.only))
        if not drawn:
            raise UserError(f"--only {given.only}: no kind has that in its name")
        with Progress(console=err(), transient=True) as progress:
            steps = progress.track(drawn, description="files")
            return rows([(sample, in_turns(versions, _file(sample, folder), given.rounds)) for sample in steps])


def _file(sample: Sample, folder: Path) -> Path:
    path = folder.absolute() / sample.name
    path.write_bytes(sample.data)
    return path


if __name__ == "__main__":
    sys.exit(main())
