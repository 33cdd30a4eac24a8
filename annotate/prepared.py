"""Statements that are planned once per connection: planning these takes longer than running them.

A connection pooler between Vouch and PostgreSQL must keep sessions (``pool_mode = session``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

# For a transaction that only looks things up by key: every table is read by its indexes, however
# old the statistics are, and nothing is planned twice.
PROBES = "; ".join(
    f"SET LOCAL {setting}"
    for setting in (
        "enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off",
        "plan_cache_mode = force_generic_plan",
    )
)  # fmt: skip

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """A statement with named values, ``%(name)s``, and their PostgreSQL types."""

    def __init__(self, name: str, statement: str, types: Mapping[str, str]) -> None:
        numbered = {key: f"${number}" for number, key in enumerate(types, 1)}
        self.name = f"vouch_{name}"
        self.text = f"PREPARE {self.name}({', '.join(types.values())}) AS {statement % numbered}"
        # To be executed with the values by name, alone or among other statements.
        self.call = f"EXECUTE {self.name}({', '.join(f'%({key})s' for key in types)})"

    def ready(self) -> str:
        """Prepare it on this thread's connection, where it is not; return ``call``."""
        connection.ensure_connection()
        known = _known.setdefault(connection.connection, set())
        if self.name not in known:
            with connection.cursor() as cursor:
                cursor.execute(self.text)
            known.add(self.name)
        return self.call


def ready(*statements: Prepared) -> None:
    """Prepare those that this thread's connection does not know yet, to be called in one go."""
    for statement in statements:
        statement.ready()
