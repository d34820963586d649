"""Readings: the status of an answer that said nothing.

Revision 20261130_no_answer, after 20261130_forget_exports.
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
    """Rows that are there were checked by the constraint before; the next migration validates this one."""
    # The wider one comes in the same transaction: no row can be written that neither of them allows.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE media_vision DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE media_vision ADD CONSTRAINT {NAME} CHECK (status IN ({statuses})) NOT VALID")
