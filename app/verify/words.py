"""Checks the words of documents: those with which each is counted, by a formula of its own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy.orm import Session

from app.domain.advisory_locks import AdvisoryLock
from app.models import SearchDocument, SearchDocumentWords, SearchWordsFill
from app.verify.counted import Counted, counted_otherwise

SAME = {"’": "'", "ʼ": "'", "‘": "'", "‑": "-", "ё": "е"}
UNSEEN = {"\xad", "\u200b", "\u200c", "\u200d", "\u0300", "\u0301"}


class Words(Counted):
    """Checks that each word has as many documents as are counted with it. Changes that wait for the sweeper count."""

    name = "words"
    item, separator, lock, fill = "word", " ", AdvisoryLock.WORDS, SearchWordsFill
    totals = "SELECT word AS item, documents FROM search_words"


def uncounted(session: Session, documents: Iterable[SearchDocument]) -> dict[int, str]:
    """publication -> its fault in words, for documents that are not counted with their words."""
    wanted = {row.publication_id: words(row.text, row.tags, row.ocr, row.labels) for row in documents}
    told = {id_: " ".join(sorted(found)) for id_, found in wanted.items()}
    return counted_otherwise(session, SearchDocumentWords.words, SearchWordsFill, told)


def words(*fields: str) -> set[str]:
    """The words of a document, by a formula of verify's own: sign by sign."""
    found: set[str] = set()
    for field in fields:
        for chunk in unicodedata.normalize("NFC", field).lower().split():
            chunk = "".join(SAME.get(sign, sign) for sign in chunk if sign not in UNSEEN)
            if not _is_address(chunk):
                for token in _tokens(chunk):
                    found |= {token, *token.split("-")}
    return {one for one in found if 3 <= len(one) <= 40 and not any(sign.isdecimal() for sign in one)}


def _is_address(chunk: str) -> bool:
    ascii_ = [sign if sign.isascii() and (sign.isdigit() or sign.islower()) else " " for sign in chunk]
    domain = any(
        sign == "." and ascii_[n - 1] != " " and len(chunk) > n + 2 and chunk[n + 1 : n + 3].isascii()
        and chunk[n + 1 : n + 3].isalpha()
        for n, sign in enumerate(chunk)
        if n
    )  # fmt: skip
    return "@" in chunk or "://" in chunk or domain


def _tokens(chunk: str) -> list[str]:
    """Runs of letters and digits; a single apostrophe or hyphen between two of these joins them."""
    made = [""]
    for sign, later in pairwise((*chunk, " ")):
        joins = sign in "'-" and made[-1] != "" and later.isalnum()
        if sign.isalnum() or joins:
            made[-1] += sign
        else:
            made.append("")
    return [token for token in made if token]
