"""Plans `reanalyze`: the files that the present recipe has not read, the publications they are in, and the price."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from app.domain.flow import Key
from app.domain.kinds import ASIDE, State, Step
from app.domain.reading import Analysis
from app.domain.steps import LOCAL
from app.errors import UserError
from app.models import MediaFile, MediaVision, PostMedia, Publication, Work
from app.pipeline.engine.work import LAPSED
from app.pipeline.vision.provider_chain import Chain
from app.ports import MediaInput, PaidModel, Tagger, VisionProvider
from app.reprocess.choice import Choice, places
from app.reprocess.price import Price, Till
from app.reprocess.proportions import SIDE, proportion
from app.reprocess.skipped_subjects import WANTED, SkippedSubjects, class_of, to_be_done
from app.search.limits import walking
from app.settings import get_settings

HIGHEST = 2**63 - 1  # above each id
# version, type, whether any recipe has read it, how many times as long as wide (rounded up; None if not known)
Sort = tuple[int, str, bool, int | None]


@dataclass(frozen=True)
class FilePlan:
    """The plan of a `reanalyze`. prices: empty if only local models read."""

    files: int  # distinct files that would be read
    publications: int  # that contain at least one of the files
    prices: list[Price]
    tags: Price | None  # highest cost of tagging these publications again; None for a free tagger
    standing: SkippedSubjects  # `standing` in the JSON of reanalyze and retag
    tokens: int  # highest cost of the whole plan

    @property
    def subjects(self) -> int:
        """Rows of work that would become due."""
        return self.files


class Files:
    """The files of a choice, with the recipes that would read them today."""

    def __init__(self, session: Session, providers: Sequence[VisionProvider], choice: Choice) -> None:
        """providers: the chain, the primary first; it becomes the active one. UserError while vision is off."""
        if not providers:
            raise UserError("vision is switched off: set VISION_PROVIDER to local, gigachat or openai")
        self._session = session
        self._chain = Chain(session, providers)
        self._readers = self._first_members()
        # The version by file type, as `Chain.first` decides.
        by_mime = case(self._readers, value=MediaFile.mime, else_=literal(0)) if self._readers else literal(0)
        self._version: ColumnElement[int] = by_mime
        self._where = (choice.publications(), *choice.files(session), *_own(providers))

    def plan(self, tagger: Tagger) -> FilePlan:
        """Counts files and publications and computes prices."""
        counted, standing = self._counted()
        publications, showings = self._publications()
        prices, tags = self._prices(counted), self._tags(tagger, publications, showings)
        return FilePlan(
            files=counted.total(),
            publications=publications,
            prices=prices,
            tags=tags,
            standing=standing,
            tokens=sum(price.most for price in (*prices, *([tags] if tags else []))),
        )

    @property
    def versions(self) -> str:
        """The recipes of the chain, which a price holds for."""
        return ",".join(map(str, self._chain.versions))

    def highest(self) -> int:
        """The highest id of a file now; 0 for none."""
        return self._session.scalar(select(func.max(MediaFile.id))) or 0

    def window(self, after: int, until: int, limit: int) -> int:
        """The end of the next `limit` ids of files above `after`, at most `until`."""
        ids = select(MediaFile.id).where(MediaFile.id > after, MediaFile.id <= until).order_by(MediaFile.id)
        with walking(self._session):
            return self._session.scalar(select(func.max(ids.limit(limit).subquery().c.id))) or until

    def keys(self, after: int = 0, until: int = HIGHEST) -> list[Key]:
        """(file, version) of the files that would become due, with ids above `after` and up to `until`."""
        found = self._session.execute(self._wanted(MediaFile.id > after, MediaFile.id <= until)).all()
        return [(file, version) for file, version, _, _ in found]

    def _first_members(self) -> dict[str, int]:
        """type -> version, for the types in the store that a provider reads."""
        types = self._session.scalars(select(MediaFile.mime).distinct())
        found = {mime: self._chain.first(mime) for mime in types}
        return {mime: version for mime, version in found.items() if version is not None}

    def _unread(self, *window: ColumnElement[bool]) -> Select[int]:
        """The files of the choice without a result (reading, error, refusal) of the present recipe.

        window: of ids, for the files as for their places: the cost is that of the window.
        """
        row = and_(Work.step == Step.ANALYZE, Work.subject_id == MediaFile.id, Work.revision == self._version)
        tried = select(MediaVision.id).where(
            MediaVision.media_file_id == MediaFile.id, MediaVision.vision_version_id == self._version
        )
        return (
            select(MediaFile.id)
            .outerjoin(Work, row)
            .where(
                MediaFile.mime.in_(self._readers),
                MediaFile.id.in_(places().where(*self._where, *window)),
                *window,
                ~exists(tried.correlate(MediaFile)),
            )
        )

    def _counted(self) -> tuple[Counter[Sort], SkippedSubjects]:
        """Files that would become due, by sort; and the other ones.

        One statement: each walks all files of the choice.
        """
        columns = *self._columns()[1:], proportion()
        found = self._unread().with_only_columns(class_of(again()), *columns).subquery()
        sort = found.c.version, found.c.mime, found.c.known, found.c.proportion
        rows = self._session.execute(select(found.c.kind, *sort, func.count()).group_by(found.c.kind, *sort)).all()
        wanted: Counter[Sort] = Counter()
        others: Counter[str] = Counter()
        for kind, version, mime, known, times, count in rows:
            if kind == WANTED:
                wanted[version, mime, known, times] += count
            else:
                others[kind] += count
        return wanted, SkippedSubjects(**others)

    def _wanted(self, *window: ColumnElement[bool]) -> Select[int, int, str, bool]:
        """(file, version, type, whether any recipe has read it) of the files that would become due."""
        query = self._unread(*window).where(to_be_done(again()))
        return query.with_only_columns(*self._columns()).order_by(MediaFile.id)

    def _columns(self) -> tuple[Any, ...]:
        known = select(MediaVision.id).where(
            MediaVision.media_file_id == MediaFile.id, MediaVision.reading.is_not(None)
        )
        read = exists(known.correlate(MediaFile)).label("known")
        return MediaFile.id, self._version.label("version"), MediaFile.mime, read

    def _publications(self) -> tuple[int, int]:
        """(publications that contain the wanted files, pairs of a publication and such a file)"""
        wanted = self._unread().where(to_be_done(again())).subquery()
        pairs = places().where(MediaFile.id.in_(select(wanted.c.id)))
        columns = Publication.id.label("publication"), MediaFile.id.label("file")
        found = pairs.with_only_columns(*columns).distinct().subquery()
        query = select(func.count(distinct(found.c.publication)), func.count())
        publications, showings = self._session.execute(query.select_from(found)).one()
        return publications, showings

    def _prices(self, counted: Counter[Sort]) -> list[Price]:
        """The prices of paid providers: of first readers and, for files without any reading, of fallbacks.

        A fallback reads a file only if it has no reading yet.
        """
        questions: dict[int, Counter[int]] = defaultdict(Counter)
        for (version, mime, known, times), count in counted.items():
            size = (times * SIDE, SIDE) if times else None
            for member in self._readers_of(version, mime, known=known):
                if model := self._paid(member):
                    questions[member][model.estimate(MediaInput(Path(), "", mime, size))] += count
        models = {member: model for member in questions if (model := self._paid(member))}
        tills = {member: Till(self._session, model, "vision", str(member)) for member, model in models.items()}
        return [till.price(questions[member].items()) for member, till in tills.items()]

    def _paid(self, version: int) -> PaidModel[MediaInput, Analysis] | None:
        provider: object = self._chain.provider(version)
        return provider if isinstance(provider, PaidModel) else None

    def _readers_of(self, version: int, mime: str, *, known: bool) -> Iterator[int]:
        """Versions that may read a file: fallbacks only if it has no reading yet (analyze.meanwhile)."""
        member: int | None = version
        while member is not None:
            yield member
            member = None if known else self._chain.after(member, mime)

    def _tags(self, tagger: Tagger, publications: int, showings: int) -> Price | None:
        """The price of tagging afterwards; None for a free tagger.

        The readings are not known yet, so each call counts as the longest: a repair call, which repeats its question.
        A publication is tagged again once all its files are read; if a budget delays some of them, once for each file.
        """
        if not isinstance(tagger, PaidModel):
            return None
        parted = any(self._paid(version) for version in set(self._readers.values()))
        till = Till(self._session, tagger, "tags")
        return till.price([(tagger.estimate_repair(), showings if parted else publications)])


def _own(providers: Sequence[VisionProvider]) -> tuple[ColumnElement[bool], ...]:
    """Leaves previews and stories out where a paid provider would read them although the local one has."""
    local = all(provider.recipe.provider == LOCAL for provider in providers)
    return () if local or get_settings().vision_previews == "chain" else (PostMedia.role.not_in(ASIDE),)


def again() -> ColumnElement[bool]:
    """Rows of work that another run makes due again: dead, or skipped before the provider was asked about the file.

    A row with an unknown outcome may have been paid: UNANSWERED=hold leaves it to `dead retry`.
    """
    ended = or_(Work.state == State.DEAD, and_(Work.state == State.SKIPPED, Work.reason.in_(LAPSED)))
    return ended if get_settings().unanswered == "hold" else or_(ended, Work.state == State.UNKNOWN)
