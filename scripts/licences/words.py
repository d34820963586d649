"""From the words of a METADATA file to names of licences, spelled as SPDX does where the words are precise enough."""

from __future__ import annotations

import re

# An Apache or a BSD licence without its number stays without it: METADATA of older packages say no more.
SAME = {
    "3 clause bsd": "BSD-3-Clause",
    "apache": "Apache",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache software": "Apache",
    "apache software 2.0": "Apache-2.0",
    "bsd": "BSD",
    "cc0": "CC0-1.0",
    "cc0 1.0 universal cc0 1.0 public domain dedication": "CC0-1.0",
    "isc iscl": "ISC",
    "mit": "MIT",
    "mozilla public 2.0 mpl 2.0": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "python software foundation": "PSF-2.0",
    "zope public": "ZPL",
    "zpl 2.1": "ZPL-2.1",
}
# The first that is found counts, since the words of the LGPL hold those of the GPL.
FAMILIES = {
    "AGPL": r"affero|agpl",
    "NonCommercial": r"non[- ]?commercial|\bby[- ]nc\b|\bcc[- ]nc\b",
    "LGPL": r"lgpl|(lesser|library) general public",
    "GPL": r"gpl|general public licen[cs]e",
}

NEVER = ("AGPL", "NonCommercial")


def tells(words: str, name: str) -> bool:
    """Whether the words tell of this family."""
    return re.search(FAMILIES[name], words, re.IGNORECASE) is not None


def family(words: str) -> str | None:
    """AGPL, NonCommercial, LGPL or GPL, if the words tell of one of them."""
    return next((name for name in FAMILIES if tells(words, name)), None)


def heading(words: str) -> str:
    """One line of a field that may hold a whole licence text, or a classifier instead of a name."""
    lines = words.strip().splitlines() or [""]
    return lines[0].rpartition("::")[2].strip()


def spelled(words: str) -> str:
    """The licence's name; the words themselves where none is known."""
    plain = re.sub(r"[^a-z0-9.]+", " ", words.lower())
    plain = " ".join(word for word in plain.split() if word not in {"license", "licence", "the"})
    found = family(words)
    if plain in SAME or found is None:
        return SAME.get(plain, words)
    version = re.search(r"v(\d)", words)
    return f"{found}-{version[1]}.0" if version else found
