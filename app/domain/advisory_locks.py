"""The numbers of PostgreSQL advisory locks, each used once.

Two more have keys of their own: the migrator (app.migrations.ddl.MIGRATOR_KEY), and the owner of a Telegram account,
derived from the auth key (app.adapters.telegram.ownership).
"""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class AdvisoryLock(IntEnum):
    """The lock numbers. A number never changes its meaning: workers of several releases run together in an upgrade."""

    SWEEP = 7_166_001  # one pass of the sweeper at a time
    RELAY = 7_166_002  # one batch of the relay at a time: two relays would mix the order of events
    NEAR_DUPLICATES = 7_166_003  # of two copies of a picture that arrive at once, one finds the other
    DOWNLOAD = 7_166_004  # seed of the locks on Telegram files that are being leased
    LOOK_ALIKES = 7_166_005  # one placement of look-alikes at a time: of two near pictures one must see the other
    WORDS = 7_166_006  # one process at a time adds up the words of documents
    COUNTERS = 7_166_007  # one correction of counts at a time: two would append the same difference twice
    TRENDS = 7_166_008  # one process at a time adds up the tags and origins of documents
    FORGET = 7_166_009  # a tombstone of a file is laid while no download is being stored


# Release 0.1 seeded the locks on Telegram files with the number of the near-duplicates. Its workers may run beside ours
# during an upgrade, so for one release a download takes both locks; without it a file could be fetched twice.
DOWNLOAD_BEFORE = AdvisoryLock.NEAR_DUPLICATES
