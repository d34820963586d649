"""python -m deploy.grafana.generate: writes the dashboards that Grafana is provisioned with (`make dashboards`).

The JSON is kept in the repository, so that Grafana needs no Python; a test sees that both agree.
"""

from __future__ import annotations

import json
from pathlib import Path

from deploy.grafana import page, pipeline, vision, workers
from deploy.grafana.panels import Json

PLACE = Path(__file__).parent / "dashboards"


def dashboards() -> dict[str, Json]:
    """File name -> dashboard."""
    boards = {"pipeline": pipeline, "vision": vision, "workers": workers, "page": page}
    return {f"{name}.json": module.board() for name, module in boards.items()}


def text(dashboard: Json) -> str:
    """As it stands in the file."""
    return json.dumps(dashboard, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes all of them."""
    PLACE.mkdir(exist_ok=True)
    for name, dashboard in dashboards().items():
        (PLACE / name).write_text(text(dashboard))


if __name__ == "__main__":
    main()
