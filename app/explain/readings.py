"""The readings of a publication's files by all recipes: content, cost, and which reading is in use and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.differences import Difference, difference
from app.domain.enrichment import VisionMetadata
from app.domain.features import canonical
from app.domain.kinds import Step
from app.domain.reading import PagesRead, Reading, TextOf
from app.domain.versions import rank
from app.explain.costs import Spent, on_files
from app.models import MediaFile, MediaVision, RawAnswerRow, VisionVersion
from app.pipeline.vision import recipes
from app.search.within import Within, seen_hashes

CUT = "the answer ended at its limit of tokens"


@dataclass(frozen=True)
class ReadingOf:
    """The reading of one file by one recipe."""

    sha256: str
    version: int
    recipe: str  # provider and model
    in_use: bool
    why: str  # the reason why it is in use or not, by rank
    status: str  # ok, partial, refused, no_answer, error
    classification: str
    description: str | None
    labels: list[str]
    text: str
    texts: list[TextOf]  # those of `text` apart, and those that are not used; empty for a single one
    pages: PagesRead | None
    language: str | None
    problems: list[str]  # of a partial answer
    error: str | None  # of the file; for a refusal the model's own words
    borrowed_from: str | None  # sha256 of the near-duplicate that was read in its place
    borrowed_bits: int | None  # number of bits in which the two perceptual hashes differ
    spent: Spent
    compared_with: int | None  # the next lower version that read the file
    difference: Difference | None  # from that version to this one


@dataclass(frozen=True)
class _Row:
    """One row of media_vision with its file and recipe."""

    sha256: str
    vision: MediaVision
    version: VisionVersion
    used: bool

    @property
    def reading(self) -> Reading | None:
        return Reading.model_validate(self.vision.reading) if self.vision.reading is not None else None


def readings(
    session: Session, hashes: Sequence[str], vision: VisionMetadata | None, within: Within = None
) -> list[ReadingOf]:
    """The readings by file, in the order of `hashes`, and within a file by rank, the highest first.

    within: channels that have to have posted a near-duplicate for it to be named.
    """
    used = {(item.sha256, item.vision_version) for item in vision.items} if vision else set()
    chain = recipes.chain(session)
    rows: dict[str, list[_Row]] = defaultdict(list)
    for row in _rows(session, hashes, used):
        rows[row.sha256].append(row)
    files = {row.vision.media_file_id for some in rows.values() for row in some}
    spent, cut = on_files(session, files), _cut(session, files)
    told = []
    for name in dict.fromkeys(hashes):
        ranked = sorted(rows[name], key=lambda row: rank(row.version.id, chain), reverse=True)
        told += [_told(row, ranked[n + 1 :], _why(row, ranked, chain), spent, cut) for n, row in enumerate(ranked)]
    seen = seen_hashes(session, {one.borrowed_from for one in told if one.borrowed_from}, within)
    return [one if one.borrowed_from in seen else replace(one, borrowed_from=None) for one in told]


def _rows(session: Session, hashes: Sequence[str], used: set[tuple[str, int]]) -> list[_Row]:
    query = (
        select(MediaFile.sha256, MediaVision, VisionVersion)
        .join(MediaVision, MediaVision.media_file_id == MediaFile.id)
        .join(VisionVersion, VisionVersion.id == MediaVision.vision_version_id)
        .where(MediaFile.sha256.in_(hashes))
    )
    return [_Row(name, row, version, (name, version.id) in used) for name, row, version in session.execute(query)]


def _told(
    row: _Row,
    lower: Sequence[_Row],
    why: str,
    spent: Mapping[tuple[int, int], Spent],
    cut: set[tuple[int, str]],
) -> ReadingOf:
    vision, reading = row.vision, row.reading
    below = next((other for other in lower if other.reading is not None), None) if reading else None
    problems = [str(problem) for problem in vision.raw.get("problems") or []]
    if (vision.media_file_id, str(row.version.id)) in cut and vision.status == "partial":
        problems.append(CUT)
    return ReadingOf(
        sha256=row.sha256,
        version=row.version.id,
        recipe=f"{row.version.provider} {row.version.model}",
        in_use=row.used,
        why=why,
        status=vision.status,
        classification=reading.classification.value if reading else "",
        description=reading.description if reading else None,
        labels=[label.name for label in reading.labels] if reading else [],
        text=reading.text if reading else "",
        texts=list(reading.texts) if reading else [],
        pages=reading.pages if reading else None,
        language=reading.language if reading else None,
        problems=problems,
        error=vision.error,
        borrowed_from=vision.borrowed_from,
        borrowed_bits=vision.borrowed_bits,
        spent=spent.get((vision.media_file_id, row.version.id), Spent()),
        compared_with=below.version.id if below else None,
        difference=_difference(below.reading, reading) if below else None,
    )


def _difference(older: Reading | None, newer: Reading | None) -> Difference | None:
    return difference(canonical(older), canonical(newer)) if older and newer else None


def _why(row: _Row, ranked: Sequence[_Row], chain: Sequence[int]) -> str:
    """The reason by rank. Merge uses the reading with the highest rank; it may not have run yet."""
    best = next((one for one in ranked if one.vision.reading is not None), None)
    if row.vision.reading is None:
        return "there is no reading"
    if row is not best:
        higher = f"version {best.version.id if best else '?'} ranks higher"
        return f"until the next merge, then no more: {higher}" if row.used else higher
    place = _place(row.version.id, chain)
    return place if row.used else f"from the next merge on: {place}"


def _place(version: int, chain: Sequence[int]) -> str:
    if version not in chain:
        return "nobody of the chain has read the file, and this recipe is the newest of the others"
    position = list(chain).index(version)
    return "it is the primary of the chain" if not position else f"it is fallback {position} of the chain"


def _cut(session: Session, files: set[int]) -> set[tuple[int, str]]:
    """(file, version) of readings whose last answer ended at its limit of tokens."""
    query = (
        select(RawAnswerRow.subject_id, RawAnswerRow.key, RawAnswerRow.answer["finish"].astext)
        .where(RawAnswerRow.step == Step.ANALYZE, RawAnswerRow.subject_id.in_(files))
        .order_by(RawAnswerRow.id)
    )
    last: dict[tuple[int, str], Any] = {(file, key): finish for file, key, finish in session.execute(query)}
    return {key for key, finish in last.items() if finish == "length"}
