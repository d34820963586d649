"""Decodes texts in any encoding: Cyrillic and Latin ones by app.domain.encodings, the others by charset-normalizer."""

from __future__ import annotations

from app.domain.encodings.decoded import Decoded, decoded

# Of the encodings that charset-normalizer names, those of other scripts. Of Russian and Ukrainian texts of 20 to 60
# letters in six code pages it was right about 58 %, chardet about 87 %, app.domain.encodings about 99 %: so its word
# counts only where no Cyrillic or Latin one fits.
_OTHERS = {
    **dict.fromkeys(("cp1253", "iso8859_7", "cp737", "cp869"), "Greek"),
    **dict.fromkeys(("cp1255", "iso8859_8", "cp862", "cp424"), "Hebrew"),
    **dict.fromkeys(("cp1256", "iso8859_6", "cp864", "cp720"), "Arabic"),
    **dict.fromkeys(("big5", "big5hkscs", "cp950", "gb2312", "gbk", "gb18030", "hz"), "Chinese"),
    **dict.fromkeys(("shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213", "euc_jp", "euc_jis_2004"), "Japanese"),
    **dict.fromkeys(("euc_kr", "cp949", "johab"), "Korean"),
    **dict.fromkeys(("tis_620", "cp874", "iso8859_11"), "Thai"),
}
_MOST = 8192  # bytes judged
_CHAOS = 0.1  # share of unlikely letters, as charset-normalizer measures it


def text_of(data: bytes, *, whole: bool) -> Decoded | None:
    """The text of the bytes; None if they are none. whole: whether data is the entire file, not its beginning."""
    return decoded(data, whole=whole, elsewhere=_elsewhere)


def _elsewhere(data: bytes) -> str | None:
    # Late: 20 ms, for one text in thousands.
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_MOST]).best() or from_bytes(data[: _MOST - 1]).best()  # a letter may be cut in two
    fits = best is not None and best.encoding in _OTHERS and best.chaos <= _CHAOS
    return best.encoding if best is not None and fits else None
