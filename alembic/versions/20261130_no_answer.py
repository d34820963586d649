"""Readings: the status of an answer that said nothing.

Revision 20261130_no_answer, after 20261130_forget_exports. NOT VALID first: the check of old rows takes no lock that
keeps writers out, and a wider set needs none of them changed.
"""

from __future__ import annotations

from alembic import op

revision = "20261130_no_answer"
down_revision = "20261130_forget_exports"
branch_labels = None
depends_on = None

NAME = "ck_media_vision_status"


def upgrade() -> None:
    _replace("'ok', 'partial', 'error', 'refused', 'no_answer'")


def downgrade() -> None:
    # The release before knows a file without a reading as refused.
    op.execute("UPDATE media_vision SET status = 'refused' WHERE status = 'no_answer'")
    _replace("'ok', 'partial', 'error', 'refused'")


def _replace(statuses: str) -> None:
    op.execute(f"ALTER TABLE media_vision DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE media_vision ADD CONSTRAINT {NAME} CHECK (status IN ({statuses})) NOT VALID")
    op.execute(f"ALTER TABLE media_vision VALIDATE CONSTRAINT {NAME}")
