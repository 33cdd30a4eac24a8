"""The cache in Redis, whose clients are kept: making one costs as much as a question to it."""

from __future__ import annotations

from typing import Any

from django.core.cache.backends import redis


class KeptClient(redis.RedisCacheClient):
    """One client to write with and one to read with, shared by all threads, as they may be."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client that this operation goes through."""
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]

    def incr(self, key: Any, delta: int) -> int:
        """Add to a number that is there, by one round trip; raises ValueError where it is not."""
        with self.get_client(key, write=True).pipeline() as together:
            was_there, value = together.exists(key).incrby(key, delta).execute()
        if not was_there:
            self.delete(key)
            raise ValueError(f"Key {key!r} not found.")
        return int(value)


class RedisCache(redis.RedisCache):
    """Django's own, with kept clients."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
