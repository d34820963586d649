"""Runs a health check from the command line: python -m app.health live|ready WHO."""

import sys

from app.health.checks import main

sys.exit(main())
