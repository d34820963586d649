"""All numbers that a local reading depends on, in one value, whose text is part of the recipe's identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from app.domain.images import RULES


@dataclass(frozen=True)
class Tuning:
    """Measured on drawn pages, chats, charts and memes in Russian and English, and on 19 photographs without text."""

    code: int = 1  # raised by hand if code, not a number, changes readings

    picture_side: int = 2400  # pixels of the longer side kept; a page at 200 dpi has 2339
    long_aspect: float = 3.0  # of the sides; screens of telephones have up to 2.4, and are read whole
    strip_side: int = 1080  # pixels of the shorter side that a long picture keeps: the width of most telephones
    strip_least: float = 0.67  # of that, for very long ones: print of 24 pixels still has 16
    strips: int = 10  # of one picture; a page of small print takes a minute, and one file has five
    strip_letters: int = 80_000  # after so many no further strip is read: small print takes a minute for 30,000
    overlap_tall: float = 0.1  # of picture_side; six lines of a chat
    overlap_wide: float = 0.25  # a word of a title
    page_dpi: int = 150  # for a scanned page of a PDF; upright print reads without errors from 120 on
    frames: int = 3  # keyframes of a video, pages of a PDF or TIFF
    text_limit: int = 200_000  # characters of a text; a full-text index refuses a row with more
    filler_share: float = 0.75  # of the rows of a truncated JPEG; with more filler there is nothing to read

    labels_threshold: float = 0.3  # lower ones were wrong more often than right
    labels_limit: int = 5

    word_confidence: float = 0.6  # of 1; print has 0.9, texture 0.3
    short_word_confidence: float = 0.85  # for words of one or two letters
    line_confidence: float = 0.6  # mean over all words of a line, kept or not
    least_letters: int = 3  # in a whole picture; less is a stray shape

    line_peak: float = 8.0  # ratio of the best to the median angle; text has 9 to 150, photographs under 7
    sideways_peak: float = 3.0  # how much stronger vertical lines must be than horizontal ones
    deskew_from: float = 1.0  # degrees; recognition fails from 4 on and gets slower from 2 on
    deskew_to: float = 15.0  # degrees searched either way
    doubt: float = 0.75  # mean confidence of a picture full of words, below which it may be upside down
    doubt_words: int = 5
    orientation_confidence: float = 1.0
    foreign_doubt: float = (
        0.9  # mean confidence of a Cyrillic page, below which it may not be Russian; Russian has 0.96
    )
    foreign_share: float = 0.01  # of letters that Russian lacks; Ukrainian has 0.08, slips of a pass none
    foreign_slack: float = 0.03  # by which such a reading may be less sure than the Russian one
    foreign_word: float = 0.7  # confidence of a word whose letters count towards that share
    few_words: int = 12  # with fewer, there may be white text over a photograph
    white: int = 250  # grey levels of caption letters, contrast stretched
    outline: int = 60  # grey level of a dark pixel near them
    one_ground: float = 0.93  # share of the commonest colour on a plain page; others may have text on panels
    small_side: int = 700  # pixels of the longer side below which a picture is doubled before recognition

    language_letters: int = 8  # fewer letters than this tell a script, not a language
    language_score: float = 0.4

    colours: int = 5
    colour_share: float = 0.04  # of the picture
    colour_distance: float = 48.0  # Euclidean, in RGB; nearer ones are one colour


TUNING = Tuning()


def settings_text(tuning: Tuning = TUNING) -> str:
    """Canonical JSON of all numbers, including those of the classification."""
    return json.dumps({"tuning": asdict(tuning), "rules": asdict(RULES)}, sort_keys=True)


def settings_hash(*more: str) -> str:
    """sha256 (hex) of the settings text. more: further texts that a reading depends on."""
    return hashlib.sha256("\n".join((settings_text(), *more)).encode()).hexdigest()
