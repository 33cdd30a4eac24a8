"""Sensors: what is suspicious about texts that come in, reported by kind and never changed."""

from __future__ import annotations

from collections.abc import Iterator

from annotate.records import ItemRecord, RowError

from .characters import Characters
from .contract import Report, Sensor, Text
from .duplicates import Duplicates
from .foreign import Foreign
from .lengths import Lengths
from .personal import Personal

__all__ = ["Door", "Report", "Text", "sensors"]

BATCH = 1000


def sensors() -> tuple[Sensor, ...]:
    """One of each, with nothing seen yet."""
    return (Characters(), Lengths(), Personal(), Foreign(), Duplicates())


class Door:
    """Shows every text that passes to the sensors, batch by batch; the records pass unchanged."""

    def __init__(self) -> None:
        self._sensors = sensors()
        self._waiting: list[Text] = []
        self.texts = 0

    def through(self, rows: Iterator[ItemRecord | RowError]) -> Iterator[ItemRecord | RowError]:
        """The rows as they come, each text of them looked at."""
        for row in rows:
            if isinstance(row, ItemRecord):
                self._take(row)
            yield row
        self._look()

    def _take(self, record: ItemRecord) -> None:
        for rendition in record.renditions:
            for part in rendition.fields:
                self._waiting.append(
                    Text(
                        record.external_id,
                        part.language or rendition.language,
                        part.name,
                        part.text,
                    )
                )
        if len(self._waiting) >= BATCH:
            self._look()

    def _look(self) -> None:
        if self._waiting:
            self.texts += len(self._waiting)
            for sensor in self._sensors:
                sensor.look(self._waiting)
            self._waiting = []

    def report(self) -> list[dict[str, object]]:
        """What was found, by kind: count of texts and a few examples, for a run's report."""
        self._look()
        return [row for sensor in self._sensors for row in sensor.report().rows()]
