"""Settings from files: Docker, Podman and Kubernetes mount secrets as files, so that no environment shows them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from app.errors import UserError

VARIABLE = "SECRETS_DIR"
DEFAULT = "/run/secrets"  # where containers mount secrets


def mounted(names: Iterable[str]) -> dict[str, str]:
    """name -> content of the file of that name in SECRETS_DIR, without blanks around; skips absent and empty files.

    An empty SECRETS_DIR reads no file. UserError for an unreadable file: without it, the process would run with
    settings that the user did not choose.
    """
    directory = os.environ.get(VARIABLE, DEFAULT)
    if not directory:
        return {}
    found = {name: _content(Path(directory) / name) for name in names}
    return {name: text for name, text in found.items() if text}


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8: write the setting alone into it, in one line") from error
    except OSError as error:
        raise UserError(
            f"{path} cannot be read by uid {os.geteuid()} ({error.strerror}): it must be a file that this user may read"
        ) from error
