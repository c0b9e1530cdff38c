"""What licence a repository comes under, by its host and by the files of a commit."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("repositories", sa.Column("licence", sa.Text(), nullable=True))
    op.add_column("scans", sa.Column("licensed", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("scans", "licensed")
    op.drop_column("repositories", "licence")
