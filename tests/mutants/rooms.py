"""The rooms: which code belongs to each, and the tests whose business it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.mutants.exclusions import known
from tests.mutants.operators import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = 60  # mutants of a room
PIPELINE = "tests/integration/pipeline"
# Without test_code_hash: it fails after any change of two files, whatever that change does.
DOMAIN = (
    "adapters_mapping adapters_references albums allotment budget deletions differences documents"
    " earlier_failures events every_form features fetching flow freshness gate gate_order images links"
    " llm_failures merge moments permalinks proxies refusals steps tag_input tagger_llm tags verify_decisions"
    " vocabulary wiring"
)


@dataclass(frozen=True)
class Room:
    """code, tests: patterns of paths."""

    name: str
    code: tuple[str, ...]
    tests: tuple[str, ...]

    def files(self) -> list[str]:
        """Its code, in order."""
        return _matching(self.code)

    def test_files(self) -> list[str]:
        """Its tests, in order."""
        return _matching(self.tests)

    def mutants(self, only: Collection[str] | None = None) -> list[Mutant]:
        """All of them but those that rules leave out. only: of these files alone."""
        files = [file for file in self.files() if only is None or file in only]
        found = [mutant for file in files for mutant in mutants_of(file, (ROOT / file).read_text("utf-8"))]
        return [mutant for mutant in found if mutant.key not in known()["equal"]]

    def sample(self, seed: int, size: int = SAMPLE) -> list[Mutant]:
        """The same for a seed; a smaller sample is a part of each larger one."""
        found = self.mutants()
        Random(f"{seed} {self.name}").shuffle(found)
        return found[:size]


def _matching(patterns: tuple[str, ...]) -> list[str]:
    found = [path.relative_to(ROOT).as_posix() for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return list(dict.fromkeys(found))


ROOMS = (
    Room(
        "domain",
        ("app/domain/*.py",),
        (
            *(f"tests/unit/test_{name}.py" for name in DOMAIN.split()),
            "tests/contract/test_identities.py",
            "tests/contract/test_steps.py",
            f"{PIPELINE}/test_step_registry.py",
            f"{PIPELINE}/test_near_duplicates.py",
            f"{PIPELINE}/test_previews.py",
            f"{PIPELINE}/test_work.py",
            f"{PIPELINE}/test_merge_step.py",
            f"{PIPELINE}/test_holes.py",
            f"{PIPELINE}/test_message_kinds.py",
            "tests/integration/test_invitations.py",
        ),
    ),
    Room(
        "gate",
        (
            "app/domain/gate.py",
            "app/domain/guard.py",
            "app/domain/versions.py",
            "app/domain/lineage.py",
            "app/pipeline/steps/tag*.py",
            "app/pipeline/steps/retag.py",
        ),
        (
            "tests/unit/test_gate*.py",
            "tests/unit/test_events.py",
            "tests/unit/test_tags.py",
            "tests/unit/test_tag_input.py",
            f"{PIPELINE}/test_tag_step.py",
            f"{PIPELINE}/test_outside_readings.py",
            f"{PIPELINE}/test_tag_documents.py",
            f"{PIPELINE}/test_retagging.py",
            f"{PIPELINE}/test_dead_tags.py",
            f"{PIPELINE}/test_counting.py",
            f"{PIPELINE}/test_paid_tags.py",
            f"{PIPELINE}/test_reprocess_tags.py",
            f"{PIPELINE}/test_verify_rows.py",
            "tests/integration/test_consumer.py",
        ),
    ),
    Room(
        "poll",
        (
            "app/pipeline/steps/poll.py",
            "app/pipeline/steps/backfill.py",
            "app/pipeline/steps/collect.py",
            "app/pipeline/posts/ingest.py",
            "app/pipeline/posts/schedule.py",
            "app/pipeline/posts/channels.py",
        ),
        (
            "tests/unit/test_poll_requests.py",
            "tests/unit/test_history_requests.py",
            f"{PIPELINE}/test_reading_steps.py",
            f"{PIPELINE}/test_backfill_pages.py",
            f"{PIPELINE}/test_edits.py",
            f"{PIPELINE}/test_ingest.py",
            f"{PIPELINE}/test_removed.py",
            f"{PIPELINE}/test_holes_in_doubt.py",
            f"{PIPELINE}/test_lies.py",
            f"{PIPELINE}/test_fetch_corners.py",
            f"{PIPELINE}/test_carried.py",
            f"{PIPELINE}/test_poll.py",
            f"{PIPELINE}/test_late_polls.py",
            f"{PIPELINE}/test_holes.py",
            f"{PIPELINE}/test_albums.py",
            f"{PIPELINE}/test_identity.py",
            f"{PIPELINE}/test_added_again.py",
            f"{PIPELINE}/test_previews.py",
            f"{PIPELINE}/test_refusals*.py",
            f"{PIPELINE}/test_fetch_rules.py",
            f"{PIPELINE}/test_counting.py",
        ),
    ),
    Room(
        "persist",
        (
            "app/pipeline/steps/persist.py",
            "app/pipeline/steps/merge.py",
            "app/pipeline/posts/revisions.py",
            "app/pipeline/posts/enrichment.py",
            "app/pipeline/engine/fan_in.py",
        ),
        (
            "tests/unit/test_merge.py",
            "tests/unit/test_albums.py",
            f"{PIPELINE}/test_merge_step.py",
            f"{PIPELINE}/test_persist_step.py",
            f"{PIPELINE}/test_media_labels.py",
            f"{PIPELINE}/test_tag_documents.py",
            f"{PIPELINE}/test_download.py",
            f"{PIPELINE}/test_near_duplicates.py",
            f"{PIPELINE}/test_sweep_bounds.py",
            f"{PIPELINE}/test_step_registry.py",
            f"{PIPELINE}/test_ingest.py",
            f"{PIPELINE}/test_edits.py",
            f"{PIPELINE}/test_albums.py",
            f"{PIPELINE}/test_sweep.py",
            f"{PIPELINE}/test_inherit.py",
            f"{PIPELINE}/test_retagging.py",
            f"{PIPELINE}/test_previews.py",
            f"{PIPELINE}/test_verify_rows.py",
            f"{PIPELINE}/test_dead_tags.py",
            f"{PIPELINE}/test_counting.py",
            f"{PIPELINE}/test_any_order.py",
        ),
    ),
    Room(
        "store",
        ("app/adapters/store/*.py",),
        (
            "tests/contract/test_media_store.py",
            "tests/contract/test_media_store_disk.py",
            f"{PIPELINE}/test_download.py",
            "tests/unit/test_adapters_types.py",
            f"{PIPELINE}/test_verify_files.py",
            f"{PIPELINE}/test_closed_store.py",
            "tests/integration/test_downloads.py",
        ),
    ),
    Room(
        "ledger",
        (
            "app/pipeline/engine/ledger.py",
            "app/pipeline/engine/paid_*.py",
            "app/domain/budget.py",
            "app/domain/breaker.py",
        ),
        (
            "tests/unit/test_budget.py",
            "tests/unit/test_allotment.py",
            f"{PIPELINE}/test_paid_*.py",
            f"{PIPELINE}/test_budget_day.py",
            f"{PIPELINE}/test_near_duplicates.py",
            f"{PIPELINE}/test_reprocess.py",
            "tests/contract/test_paid_*.py",
            f"{PIPELINE}/test_counting.py",
            f"{PIPELINE}/test_hand_over.py",
        ),
    ),
    Room(
        "search",
        (
            "app/search/*.py",
            "app/domain/documents.py",
            "app/pipeline/posts/documents.py",
            "app/pipeline/steps/index.py",
        ),
        (
            "tests/unit/test_documents.py",
            "tests/integration/test_search.py",
            "tests/integration/test_search_order.py",
            f"{PIPELINE}/test_index_step.py",
            f"{PIPELINE}/test_counting.py",
            f"{PIPELINE}/test_dead_tags.py",
            f"{PIPELINE}/test_verify_rows.py",
            f"{PIPELINE}/test_previews.py",
            f"{PIPELINE}/test_claims.py",
        ),
    ),
)
