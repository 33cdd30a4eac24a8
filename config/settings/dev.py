"""Settings of ``make run``: one machine, embedded services, the secret made at their first start."""

from __future__ import annotations

import secrets

from config.services import paths

from .base import *
from .base import SECRET_KEY

_secret_file = paths().secret_key

if not SECRET_KEY:
    # Without services there is no file yet: a passing key serves commands that sign nothing.
    SECRET_KEY = (
        _secret_file.read_text().strip() if _secret_file.exists() else secrets.token_urlsafe(50)
    )
