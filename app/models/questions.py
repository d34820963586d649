"""The tables of questions: a question, the spans that were offered for it, and the sentences of its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk

WITHIN = "within"  # key of `retrieval`: the channels that the asker may see; without it, all


class Question(Base):
    """A question to the archive. Its id is its permanent address; the step `ask` answers it once."""

    __tablename__ = "questions"
    __table_args__ = (Index("idx_questions_asked_at", text("asked_at DESC"), text("id DESC")),)  # lists by time

    id: Mapped[Pk]
    # sha256 over words, filters, spans and answerer: the same question is answered once, from its rows afterwards
    key: Mapped[str] = mapped_column(Text, unique=True)
    text: Mapped[str] = mapped_column(Text)  # as the user wrote it, with its filters
    words: Mapped[str] = mapped_column(Text)  # without the filters
    language: Mapped[str] = mapped_column(Text)
    # app.ask.retrieval.Parameters: query as printed, filters, embedder, number of passages
    retrieval: Mapped[dict[str, Any]] = mapped_column(JSONB)
    spans_hash: Mapped[str] = mapped_column(Text)  # sha256 over the hashes of the spans, in order
    left_out: Mapped[int] = mapped_column(server_default="0")  # posts that give orders to machines
    answerer: Mapped[str] = mapped_column(Text)  # version of the answerer: provider, model, hash of the prompt
    trace_id: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[Now]
    answered_at: Mapped[datetime | None]  # NULL until the answer is stored
    problems: Mapped[list[str] | None] = mapped_column(JSONB)  # faults of the answer's form
    tokens: Mapped[int] = mapped_column(server_default="0")  # of all its calls
    forgotten: Mapped[int] = mapped_column(server_default="0")  # its spans that were forgotten, with their sentences


class QuestionSpan(Base):
    """A span that was offered for a question. It pins the revision of the publication, and keeps its words."""

    __tablename__ = "question_spans"
    # questions that offered a post: for the post's own page, and where a post is forgotten
    __table_args__ = (Index("idx_question_spans_publication_id", "publication_id"),)

    question_id: Mapped[int] = mapped_column(
        ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    passage: Mapped[int]  # rank of the publication among the passages, from 1
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    revision: Mapped[int]
    source: Mapped[str] = mapped_column(Text)  # domain.ask.answer.Source
    start: Mapped[int]  # characters before it in its field
    text: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)  # sha256 of the text


class AnswerSentence(Base):
    """A sentence of an answer, kept or dropped. Only kept ones are shown; the others are counted."""

    __tablename__ = "answer_sentences"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    text: Mapped[str] = mapped_column(Text)
    cites: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # domain.ask.answer.Cite, one for each citation
    verdict: Mapped[str] = mapped_column(Text)  # domain.ask.answer.Verdict
    detail: Mapped[str] = mapped_column(Text, server_default="")
