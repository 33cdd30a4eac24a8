"""Settings of the test suite: fast hashing, plain static files, a fixed secret."""

from __future__ import annotations

from config.services import cache_url, use_scratch_home

use_scratch_home()

from .base import *  # noqa: E402
from .base import CACHES, DATABASES, env  # noqa: E402

SECRET_KEY = "a fixed key that only the tests use, long enough to pass the checks"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Clearing the cache empties a whole database of Redis, so each test process has one of its own.
NUMBER = int(env("PYTEST_XDIST_WORKER", default="gw0").removeprefix("gw"))
CACHES["default"]["LOCATION"] = env("CACHE_URL", default="") or cache_url(1 + NUMBER % 15)
# A pool keeps connections open while test databases are dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}
