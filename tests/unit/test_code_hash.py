"""The version of the local tagger follows its code, and not its comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.tagger.code_hash import code_hash
from app.adapters.tagger.local import LocalTagger
from app.adapters.tagger.vocabulary import WithVocabulary
from app.domain.vocabulary import parse_vocabulary

CODE = '''"""About this module."""

from app.domain.tags import normalise_tag
import re

LIMIT = 7  # as many as a person reads


class Tagger:
    """Tags."""

    def tag(self, text):
        """The tags."""
        return [f"{word:>{LIMIT}}" for word in re.split(r"\\W", normalise_tag(text))][:LIMIT]
'''


def hash_of(code: str, folder: Path) -> str:
    path = folder / "code.py"
    path.write_text(code, encoding="utf-8")
    return code_hash([path])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # as many as a person reads", ""),
        ('"""Tags."""', '"""Says what a post is about."""'),
        ('        """The tags."""\n', ""),
        ('"""About this module."""', "# no docstring at all"),
        ("from app.domain.tags import", "from app.tags.rules import"),
        ("LIMIT = 7", "LIMIT = (\n    7\n)"),
    ],
)
def test_prose_layout_and_rooms_make_no_version(old: str, new: str, tmp_path: Path) -> None:
    assert old in CODE
    assert hash_of(CODE.replace(old, new), tmp_path) == hash_of(CODE, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 7", "LIMIT = 8"),
        ("import normalise_tag", "import tags_hash as normalise_tag"),
        ("[:LIMIT]", "[1:LIMIT]"),
        ("import re", "import regex as re"),
        ('r"\\W"', 'r"\\w"'),
    ],
)
def test_code_makes_a_version(old: str, new: str, tmp_path: Path) -> None:
    assert old in CODE
    assert hash_of(CODE.replace(old, new), tmp_path) != hash_of(CODE, tmp_path)


def test_the_order_of_the_files_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("a = 1")
    other.write_text("b = 2")
    assert code_hash([one, other]) != code_hash([other, one])


def test_the_released_code_keeps_its_released_name() -> None:
    """Rows of archives hold these names. Where tags change, this test changes with them, and the changelog says so.

    Where only the shape of the code changed, code_hash.BEFORE gets the new hash as a further key for the old name.
    """
    tagger = LocalTagger()
    assert tagger.version.startswith("local-eb7be014-")
    assert WithVocabulary(tagger, parse_vocabulary("park", "only")).version == f"{tagger.version}-vad589bff"
