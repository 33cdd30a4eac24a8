"""What the workers' sweep leaves is what the pages and the doctor read."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from annotate.views.shell import workers_alive
from pipeline.management.commands.doctor import CHECKS, Sick
from pipeline.tasks import sweep


@pytest.mark.django_db
def test_pages_and_doctor_hear_the_sweep(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    assert not workers_alive()
    with pytest.raises(Sick, match="no worker"):
        CHECKS["workers"]()
    sweep()
    assert workers_alive()
    assert "seconds ago" in CHECKS["workers"]()
