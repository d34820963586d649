"""Media Audit: watches Telegram channels and keeps every album, file, reading and tag."""

import atexit
import gc
import os

# Read when numpy is first imported, so it stands here: the matrices of one post are small, and threads that wait for
# each other on busy cores cost 65 to 470 ms a text against 3. Processes share out the cores, not BLAS.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Loading the modules of a process makes half a million objects and no garbage: by Python's default of 700 new objects,
# the collector goes through them some 700 times, a seventh of the time that a command takes to start.
gc.set_threshold(10_000, 20, 20)
# At the end the collector would look through all of them once more, .25 s for memory that the kernel takes back anyway.
atexit.register(gc.freeze)
