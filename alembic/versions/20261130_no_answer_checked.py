"""The statuses of readings are validated, which stops no reader and no writer.

Revision 20261130_no_answer_checked, after 20261130_server_lessons.
"""

from __future__ import annotations

from alembic import op

revision = "20261130_no_answer_checked"
down_revision = "20261130_server_lessons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE media_vision VALIDATE CONSTRAINT ck_media_vision_status")


def downgrade() -> None:
    """A constraint that was validated does no harm to the version before."""
