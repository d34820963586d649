"""Hears how English spelling sounds in Cyrillic: Biden is Байден, Musk is Маск, George is Джордж.

Practical transcription into Russian (R. Gilyarevsky, B. Starostin, Foreign names in Russian text, 1985, the chapter on
English) gives letters by sound, so each spelling stands for several keys. Only for names that no other way finds.
"""

from __future__ import annotations

import re
from functools import lru_cache

# In this order. Right: what the key of the Cyrillic name may have (as `sounds` makes it: г is h there).
_SPELLINGS = (
    ("eau", "o"), ("ough", "o|af|u"), ("igh", "ai"), ("tch", "č"), ("sch", "š|sk"), ("dge", "dž"),
    ("ge$", "dž|že|he"), ("eo", "o|eo"), ("ew", "u|iu|ev"), ("ow", "o|ou|au|ov"), ("ou", "au|u|o|a|ou"), ("oo", "u"),
    ("ee", "i"), ("ea", "i|e|ei|ea"), ("ai|ay", "ei|ai|e"), ("ei|ey", "ei|i|ai|e"), ("ie", "i|ai|e|ie"),
    ("oa", "o|ou"), ("ae", "|e|ae"), ("au|aw", "o|au"), ("ch", "č|k|š"), ("sh", "š"), ("ph", "f"), ("th", "t|f|s|z"),
    ("wh", "u|v"), ("wr", "r"), ("kn", "n"), ("ck", "k"), ("qu", "kv"), ("gh", "h|f|"), ("c(?=[eiy])", "s|c"),
    ("c", "k"), ("g(?=[eiy])", "dž|h|ž"), ("g", "h"), ("j", "dž|i|"), ("x", "ks"), ("w", "v|u"), ("y", "i|ai"),
    ("z", "z|c"), ("s", "s|z"), ("h", "h|"), ("e$", "|e|i"), ("es$", "z|s|es"), ("a", "a|e|ei|o"), ("e", "e|i|"),
    ("i", "i|ai|e"), ("o", "o|ou|a"), ("u", "u|a|iu"),
)  # fmt: skip
_ANY = re.compile("|".join(f"(?P<s{place}>{spelling})" for place, (spelling, _) in enumerate(_SPELLINGS)))


@lru_cache(maxsize=4096)
def heard(name: str) -> re.Pattern[str]:
    """The keys that a name in Latin letters, in the form of `spelling.normal`, may have in Cyrillic."""
    single = re.sub(r"([^\Weon])\1", r"\1", name.replace("'", ""))
    return re.compile(_ANY.sub(_sounds, single))


def _sounds(found: re.Match[str]) -> str:
    place = int((found.lastgroup or "s0")[1:])
    return f"(?:{_SPELLINGS[place][1]})"
