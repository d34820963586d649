"""python -m app.demo.example: writes docs/pipeline-example.md from a real run (`make example`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.demo import home as places
from app.demo.example.page import PAGE, page
from app.demo.example.run import run
from app.local.ready import running_services
from app.migrations.run import run_migrations


def main() -> None:
    """Writes the page from a run in a temporary home."""
    target = PAGE.absolute()
    with tempfile.TemporaryDirectory(prefix="media-audit-example-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        places.seclude(home)
        with running_services() as settings:
            run_migrations(settings.database())
            written = page(run(home / "samples"))
    target.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
