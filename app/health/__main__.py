"""python -m app.health live|ready KIND."""

import sys

from app.health.checks import main

sys.exit(main())
