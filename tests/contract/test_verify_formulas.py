"""`verify` has formulas of its own: it imports none of those by which the steps compute the rows that it checks."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.pages import ROOT

# Module -> names that compute a row or a part of one. Loaders, hashes and what a repair calls are no such formulas.
FORMULAS = {
    "app.domain.albums": {"album_kind", "merged_text"},
    "app.domain.documents": {"compose"},
    "app.domain.spelling": {"is_word", "normal", "words_of"},
    "app.domain.versions": {"best", "publication_version", "rank"},
    "app.domain.words": {"composed", "content", "marked"},
    "app.pipeline.posts.documents": {"documents", "is_current"},
    "app.pipeline.posts.revisions": {"gone_since", "text_of", "own_media", "own_first"},
    "app.domain.trends": {"trends_of"},
    "app.pipeline.posts.document_counts": {"DocumentCounts"},
    "app.pipeline.posts.search_trends": {"origins_of"},
    "app.pipeline.posts.search_words": {"words_in"},
    "app.pipeline.steps.merge": {"merged", "in_use", "Merge", "merge_vision"},
    "app.pipeline.steps.persist": {"album_of", "files_of", "Persist"},
    "app.pipeline.steps.tag_lineage": {"change_of", "metadata_of"},
}


def imported(path: Path) -> set[tuple[str, str]]:
    """(module, name) of each import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {(node.module or "", alias.name) for node in found for alias in node.names}


def test_verify_shares_no_formula_with_the_steps() -> None:
    shared = {
        f"{path.name}: {module}.{name}"
        for path in (ROOT / "app/verify").glob("*.py")
        for module, name in imported(path)
        if name in FORMULAS.get(module, ())
    }
    assert shared == set()


def test_the_formulas_exist() -> None:
    """A formula under a new name would be shared unseen."""
    for module, names in FORMULAS.items():
        tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert names <= defined, module
