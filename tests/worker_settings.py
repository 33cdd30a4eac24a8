"""Settings of a worker process that a test starts: those of the tests, and the test's own database."""

from __future__ import annotations

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES

DATABASES["default"]["NAME"] = os.environ["VOUCH_TEST_DATABASE"]
