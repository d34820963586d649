"""python -m scripts.licences: writes docs/licences.md and NOTICE (`make licences`)."""

from __future__ import annotations

from scripts.licences.facts import ROOT
from scripts.licences.page import notice, page

FILES = {"docs/licences.md": page, "NOTICE": notice}


def main() -> None:
    """Both, each as a whole."""
    for name, text in FILES.items():
        (ROOT / name).write_text(text())


if __name__ == "__main__":
    main()
