"""The command media-audit, a file a group."""

import sys

import structlog

# Results alone go to stdout, where other programs read their JSON; structlog would write there unless told.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
