"""The tables of trends: tags by day, forwards between channels by week, and the changes that are not added up yet.

They are kept as the words are (app/models/search_words.py): no row is written by two workers.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Pk
from app.models.search_words import DocumentsFill


class TagDay(Base):
    """A tag on a UTC day in a channel: the number of its publications that carry the tag.

    The primary key finds the days of one tag.
    """

    __tablename__ = "tag_days"
    __table_args__ = (Index("idx_tag_days_day", "day"),)  # all tags of some days: bursts

    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class ForwardWeek(Base):
    """An edge: the number of publications of a week in a channel that were forwarded from an origin.

    The primary key finds the edges of some weeks.
    """

    __tablename__ = "forward_weeks"

    week: Mapped[date] = mapped_column(primary_key=True)  # its Monday, UTC
    origin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # Telegram id of a channel or user
    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class SearchTrendDelta(Base):
    """What a batch of indexed documents changed: lines and, for each, how many documents more or fewer have it."""

    __tablename__ = "search_trend_deltas"

    id: Mapped[Pk]
    trends: Mapped[list[str]] = mapped_column(ARRAY(Text))  # app.domain.trends.Trend
    changes: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class SearchDocumentTrends(Base):
    """The lines with which a document is counted. Without a row there are none."""

    __tablename__ = "search_document_trends"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("search_documents.publication_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    trends: Mapped[str] = mapped_column(Text)  # app.domain.trends.trends_of


class SearchTrendsFill(DocumentsFill):
    """The counting of the lines of documents that were indexed before trends were kept."""

    __tablename__ = "search_trends_fill"
