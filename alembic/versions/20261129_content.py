"""What a message carries: several media with roles, words beside the text, and what was not taken.

Revision 20261129_content, after 20261127_trace_index. Constant defaults rewrite no table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261129_content"
down_revision = "20261127_trace_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("posts", sa.Column("words", JSONB(), nullable=False, server_default="[]"))
    op.add_column("posts", sa.Column("not_taken", JSONB(), nullable=False, server_default="[]"))
    op.add_column("post_media", sa.Column("role", sa.Text(), nullable=False, server_default="own"))


def downgrade() -> None:
    op.drop_column("post_media", "role")
    op.drop_column("posts", "not_taken")
    op.drop_column("posts", "words")
    op.drop_column("posts", "kind")
