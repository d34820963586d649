"""Decisions about pictures: whether two are the same, the kind of a picture, how texts of frames join."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.kinds import Classification

SAME_ASPECT = 0.02  # largest difference of two proportions: scaling rounds to whole pixels
SAME_COLOUR = 48.0  # Euclidean distance in RGB: re-encoding changes a colour by far less

Size = tuple[int | None, int | None]  # width and height in pixels


def alike(size: Size, other: Size, colours: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two pictures with similar perceptual hashes may be the same: their proportions and main colours agree.

    The hash depends on light and dark only, and an even picture has neither. colours: #rrggbb, the commonest first.
    """
    if None in size or None in other:
        return False
    ratio = (size[0] or 1) * (other[1] or 1) / ((size[1] or 1) * (other[0] or 1))
    if abs(ratio - 1) > SAME_ASPECT or bool(colours) != bool(others):
        return False
    return not colours or _colour_distance(colours[0], others[0]) <= SAME_COLOUR


def _colour_distance(left: str, right: str) -> float:
    pairs = [(int(left[at : at + 2], 16), int(right[at : at + 2], 16)) for at in (1, 3, 5)]
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


@dataclass(frozen=True)
class PictureFacts:
    """The facts that decide the kind of a picture. Shares are of the picture's area, 0 to 1."""

    width: int  # pixels, upright
    height: int
    words: int  # confident words of OCR
    text_share: float  # area of their boxes
    edge_text: float  # share of the text's area that is in the top or bottom quarter
    line_height: float  # height of the tallest common line, as a share of the picture's height
    flat: float  # share of blocks of 8 x 8 pixels with one even colour
    background: float  # share of pixels with the commonest colour
    paper: bool  # the commonest colour is light and grey
    vivid: float  # share of even blocks with a strong colour
    big_type: float = 1.0  # the tallest word, in common heights of words
    bar: bool = False  # the title bar of a window along the top


@dataclass(frozen=True)
class Rules:
    """Limits of `classify`, tuned on drawn pages, chats, charts, memes and on photographs."""

    drawn_flat: float = 0.56  # photographs with a clear sky reach 0.52, full pages fall to 0.6
    drawn_background: float = 0.25  # a sky has no single colour
    smooth_flat: float = 0.75  # more than any photograph, so a background of blended colours is drawn, too
    meme_words: int = 40  # longer texts over a photograph are articles
    meme_edge: float = 0.7
    meme_line: float = 0.035
    page_words: int = 12  # "many"
    page_background: float = 0.45
    print_words: int = 20  # "very many": a photographed or noisy page has no even areas, but print all over
    print_share: float = 0.1
    chart_vivid: float = 0.06
    poster_words: int = 40
    poster_type: float = 2.2  # a notice's title has 1.7
    sparse_share: float = 0.045  # of a diagram, text takes less than this
    sparse_ink: float = 0.8  # and lines and shapes take more than this share of the text's area
    framed_flat: float = 0.25  # a page of an app around a photograph
    screen_aspects: tuple[float, ...] = (16 / 9, 16 / 10, 18 / 9, 18.5 / 9, 19 / 9, 19.5 / 9, 20 / 9, 21 / 9)
    scroll_aspect: float = 3.0
    screen_tolerance: float = 0.002  # the error of rounding to whole pixels at 591 x 1280
    screen_side: int = 600  # pixels of the shorter side; below, a 16:9 picture is any thumbnail


RULES = Rules()


def classify(facts: PictureFacts, rules: Rules = RULES) -> Classification:
    """The first line that holds:

    | kind        | holds when                                                                        |
    |-------------|-----------------------------------------------------------------------------------|
    | screenshot  | not drawn, but partly even, many words, in a telephone's proportions or longer    |
    | document    | not drawn, but print all over: a page under a camera                              |
    | meme        | not drawn, few words, tall, most of them near the top or bottom edge              |
    | photo       | not drawn                                                                         |
    | other       | drawn, without words: a logo, a sticker, a plain picture                          |
    | screenshot  | drawn, many words, upright in the proportions of a telephone's screen             |
    | document    | drawn, three times as high as wide, very many words of like size, on paper         |
    | screenshot  | the same on another ground: a chat of several screens                             |
    | infographic | drawn, with more area of strong colour than of text: a chart, a map               |
    | infographic | drawn, few words of very different sizes: a poster, figures                       |
    | screenshot  | drawn, many words, under a window's title bar, or in the proportions of any screen |
    | screenshot  | drawn, very many words on something else than paper                               |
    | infographic | drawn, words thinly strewn between lines and shapes: a diagram                    |
    | document    | drawn, many words on paper                                                        |
    | infographic | drawn, with some words                                                            |
    """
    if not is_drawn(facts, rules):
        return _photographed(facts, rules)
    return _drawn(facts, rules) if facts.words else Classification.OTHER


def _photographed(facts: PictureFacts, rules: Rules) -> Classification:
    if facts.flat >= rules.framed_flat and (is_phone_page(facts, rules) or is_scroll(facts, rules)):
        return Classification.SCREENSHOT
    if facts.words >= rules.print_words and facts.text_share >= rules.print_share:
        return Classification.DOCUMENT
    return Classification.MEME if has_meme_text(facts, rules) else Classification.PHOTO


def _drawn(facts: PictureFacts, rules: Rules) -> Classification:
    page = facts.words >= rules.page_words
    if is_phone_page(facts, rules):
        return Classification.SCREENSHOT
    if is_scroll(facts, rules):
        paper = facts.paper and facts.background >= rules.page_background
        return Classification.DOCUMENT if paper else Classification.SCREENSHOT
    if facts.vivid >= max(rules.chart_vivid, facts.text_share):
        return Classification.INFOGRAPHIC
    if facts.words < rules.poster_words and facts.big_type >= rules.poster_type:
        return Classification.INFOGRAPHIC
    if page and (facts.bar or is_screen(facts, rules)):
        return Classification.SCREENSHOT
    if facts.words >= rules.print_words and not facts.paper:
        return Classification.SCREENSHOT
    if page and facts.paper and facts.background >= rules.page_background and not is_diagram(facts, rules):
        return Classification.DOCUMENT
    return Classification.INFOGRAPHIC


def is_drawn(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether the picture was made by a program or scanned cleanly, not photographed."""
    return even_enough(facts.flat, facts.background, rules)


def even_enough(flat: float, background: float, rules: Rules = RULES) -> bool:
    """The same decision from the two shares alone, which are known before any text."""
    return flat >= rules.smooth_flat or (flat >= rules.drawn_flat and background >= rules.drawn_background)


def is_diagram(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether a drawn picture has little text and more of other ink."""
    ink = 1 - facts.background
    return facts.text_share < rules.sparse_share and ink >= rules.sparse_ink * facts.text_share


def has_meme_text(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether the text is placed like captions of memes: few words, tall, near the top or bottom edge."""
    return (
        0 < facts.words <= rules.meme_words
        and facts.edge_text >= rules.meme_edge
        and facts.line_height >= rules.meme_line
    )


def is_phone_page(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether the picture is a text in the upright proportions of a telephone's screen."""
    return facts.words >= rules.page_words and facts.height > facts.width and is_screen(facts, rules)


def is_scroll(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether the picture is a page of several screens; a long poster has words of very different sizes."""
    tall = facts.height >= rules.scroll_aspect * facts.width
    return tall and facts.words >= rules.print_words and facts.big_type < rules.poster_type


def is_screen(facts: PictureFacts, rules: Rules = RULES) -> bool:
    """Whether the picture has the proportions and size of a common screen, either way up."""
    short, long = sorted((facts.width, facts.height))
    if short < rules.screen_side:
        return False
    return any(abs(long / short / aspect - 1) <= rules.screen_tolerance for aspect in rules.screen_aspects)


def join_texts(texts: Iterable[str]) -> str:
    """Joins the texts of frames or pages, without lines that an earlier frame has; clean for storage.

    Lines are compared without case and spaces, because two frames of one caption differ in just that.
    """
    seen: set[str] = set()
    parts = []
    for text in texts:
        kept = [line for line in clean_text(text).split("\n") if not line or _key(line) not in seen]
        seen.update(_key(line) for line in kept)
        parts.append("\n".join(kept).strip("\n"))
    return "\n\n".join(part for part in parts if part)


def clean_text(text: str) -> str:
    """The text in NFC with one kind of line end, without control characters (PostgreSQL refuses NUL) and end spaces."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn"))
    return "\n".join(line.rstrip() for line in visible.split("\n")).strip()


def _key(line: str) -> str:
    return "".join(line.casefold().split())
