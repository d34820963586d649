"""The command media-audit verify-export: needs no database, no home, no settings, no network."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from app.cli.output import CRASHED, OK, out, print_json
from app.cli.show_export import show_report
from app.errors import UserError
from app.exports.checks.verify import verify_export as verified


@click.command("verify-export")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The public key (PEM) that must have signed it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify_export(directory: Path, key: Path | None, as_json: bool) -> int:
    """Check the export in DIRECTORY: every file, the manifest, its signature.

    Exit code 0: whole; 1: damaged, each damage is named; 2: DIRECTORY is no export, or the key is none.
    """
    report = verified(directory, _pem(key) if key is not None else None)
    if as_json:
        print_json(asdict(report) | {"ok": report.ok})
    else:
        show_report(out(), directory, report)
    return OK if report.ok else CRASHED


def _pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read the key {path}: {error.strerror}") from error
