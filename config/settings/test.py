"""Settings of the test suite: fast hashing, plain static files, a fixed secret."""

from __future__ import annotations

from config.services import use_scratch_home

use_scratch_home()

from .base import *  # noqa: E402
from .base import DATABASES, env  # noqa: E402

SECRET_KEY = "a fixed key that only the tests use, long enough to pass the checks"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A pool keeps connections open while test databases are dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}
