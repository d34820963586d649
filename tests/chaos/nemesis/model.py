"""The model behind both loopback servers: it thinks for a while, and tells of what."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from app.demo.llm import plausible
from app.demo.llm.answers import Asked

THINKS = 0.3  # seconds of each call


class SlowModel:
    """A model that thinks for a while, so that there is a middle of a call."""

    def __init__(self) -> None:
        self._thinks_of: Counter[str] = Counter()  # calls that it thinks about now, by purpose
        self._guard = threading.Lock()

    @property
    def thinking(self) -> int:
        """Calls that it thinks about now."""
        return self._thinks_of.total()

    @property
    def answering(self) -> int:
        """Those of them that are questions to the archive."""
        return self._thinks_of["ask"]

    def __call__(self, asked: Asked) -> Any:
        with self._guard:
            self._thinks_of[asked.purpose] += 1
        time.sleep(THINKS)
        with self._guard:
            self._thinks_of[asked.purpose] -= 1
        return plausible(asked)
