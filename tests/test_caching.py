"""The cache's counter, on Redis itself."""

from __future__ import annotations

import uuid

import pytest
from django.core.cache import cache


def test_a_number_is_added_to_only_where_there_is_one() -> None:
    key = f"test:{uuid.uuid4()}"
    with pytest.raises(ValueError, match="not found"):
        cache.incr(key, 1)
    assert cache.get(key) is None, "nothing was begun"
    cache.set(key, 5, 60)
    assert cache.incr(key, 2) == 7
    assert cache.decr(key, 3) == cache.get(key) == 4
    assert 0 < cache._cache.get_client(None).ttl(cache.make_key(key)) <= 60
    cache.delete(key)
