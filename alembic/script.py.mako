"""${message}

Revision ${up_revision}, after ${down_revision or "nothing"}, made ${create_date}.
"""

# Before you commit (docs/migrations.md has the reasons):
# - The workers of the version before keep running against this schema: add first, remove a release later.
# - No statement may hold a strong lock for long. Add columns without volatile defaults, constraints as NOT VALID and
#   validate them in the next migration, indexes through app.migrations.ddl.create_index_concurrently in a migration of their own.
# - Rows are filled in by work (a command in batches), never by an UPDATE of a whole table here.
# - Whatever runs outside a transaction must be safe to repeat.

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
