"""Media Audit: watches Telegram channels and keeps every album, file, reading and tag."""

import os

# Read when numpy is first imported, so it stands here: the matrices of one post are small, and threads that wait for
# each other on busy cores cost 65 to 470 ms a text against 3. Processes share out the cores, not BLAS.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
