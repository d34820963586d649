"""Prints exports and the reports of their checks."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from app.cli.output import short, size, titled
from app.domain.export.plan import ExportState
from app.exports.checks.findings import Report
from app.exports.listed import ExportList, ExportShown

MOST = 100  # findings that are printed; --json has all


def show_export(console: Console, one: ExportShown, copied: Path | None = None) -> None:
    """One export, and what to do next."""
    console.print(f"export {one.id}: {_told(one)}", markup=False)
    if one.state is ExportState.DONE:
        console.print(f"{one.place} below the home" if copied is None else str(copied), markup=False, soft_wrap=True)
    elif one.state is ExportState.MAKING:
        console.print("workers write it; `media-audit exports list` shows how far they are", markup=False)


def show_exports(console: Console, page: ExportList) -> None:
    """A page of exports."""
    if not page.exports:
        console.print("there is no export: `media-audit export QUERY` makes one", markup=False)
        return
    table = titled("exports")
    for name in ("number", "made", "by", "query", "formats", "state"):
        table.add_column(name)
    for one in page.exports:
        made = f"{one.made_at:%Y-%m-%d %H:%M}"
        table.add_row(str(one.id), made, one.made_by, short(one.query), ", ".join(one.formats), _told(one))
    console.print(table, markup=False)
    if page.cursor:
        console.print(f"more: media-audit exports list --cursor {page.cursor}", markup=False)


def show_report(console: Console, root: Path, report: Report) -> None:
    """The result of a check, each damage in a line."""
    for one in report.findings[:MOST]:
        console.print(f"{one.wrong}: {one.path}: {one.reason}", markup=False, soft_wrap=True)
    if len(report.findings) > MOST:
        console.print(f"and {len(report.findings) - MOST} more", markup=False)
    if report.key:
        trusted = "the pinned key" if report.pinned else "the key beside it; --key compares it with one that you trust"
        console.print(f"key {report.key}: {trusted}", markup=False, soft_wrap=True)
    if report.ok:
        told = f"{root} is whole: {report.files:,} files, {size(report.size)}, as they were signed"
    else:
        told = f"{root} is damaged: {len(report.findings):,} findings"
    console.print(told, markup=False, soft_wrap=True)


def _told(one: ExportShown) -> str:
    written = f"{one.publications:,} publications, {one.media_files:,} media files, {size(one.size)}"
    if one.state is ExportState.DONE:
        return written
    total = "" if one.total is None else f" of {'10,000+' if one.total > 10_000 else f'{one.total:,}'}"
    told = f"{one.state}: {one.publications:,}{total} publications, {one.media_files:,} media files"
    return f"{told}: {one.reason}" if one.reason else told
