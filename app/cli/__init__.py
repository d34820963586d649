"""The command media-audit: a file for each command or group of commands."""

import sys

import structlog

# Only results go to stdout, where other programs read JSON; structlog would write there by default.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
