"""make pictures: the page on the sample channels, as docs/ shows it. Each picture is small enough for the repository."""

from __future__ import annotations

import argparse
import os
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser

from app.home import endpoints
from app.local.fleet import running_page
from app.settings import get_settings
from tests.pages import ROOT
from tests.web.browser import NARROW, WIDE, Look, chromium, window
