"""The children of a worker share what their parent has loaded: models and dictionaries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from app import wiring
from app.ports import TagInput

TEXTS = ("Кошка сидит на окне в Казани.", "A cat sits at the window of a bakery.")


def first_task() -> float:
    """The processor time of a first task: a text in each language, embedded and tagged."""
    began = time.process_time()
    if (embedder := wiring.embedder()) is not None:
        embedder.embed(TEXTS)
    for text in TEXTS:
        wiring.tagger().tag(TagInput(text=text, entities=()))
    return time.process_time() - began


def in_child() -> float:
    """The same in a forked child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(first_task()).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    return float(os.read(read, 100))


def compare() -> None:
    """Writes the times of two children: one that loads all by itself, and one whose parent has loaded it."""
    alone = in_child()
    wiring.load_for_children()
    sys.stdout.write(json.dumps([alone, in_child()]))


def test_children_load_neither_weights_nor_dictionaries() -> None:
    code = f"from {__name__} import compare; compare()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    alone, shared = json.loads(done.stdout)
    assert alone > 0.1, "there is something to load"
    assert shared < alone / 4
