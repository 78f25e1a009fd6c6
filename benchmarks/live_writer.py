"""Flight specials changed in every way an application does.

Inserts, updates of all columns with texts as long as the legacy schema holds, deletes, rows deleted
and inserted again under their key, a few rows that are updated again and again, several rows in a
transaction, and transactions that are rolled back. Keys whose last digit is QUIET are never
touched: what they hold is known all the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

TABLE = "travelbuddy.flightspecial"
#: last digit of the keys that nobody writes to
QUIET = 7
HOT_ROWS = 20
_SEED = 20260301
_WORDS = (
    "Incheon",
    "서울",
    "São Paulo",
    "Zürich",
    "offer",
    "taxes included",
    "café",
    "🛬",
    "'",
    "\\",
    " ",
)
#: bytes of HEADER, BODY, ORIGIN and DESTINATION in the legacy schema
_LONGEST = 255


class FlightSpecials:
    """One change after the other; knows which rows it has inserted."""

    def __init__(self, keys: range) -> None:
        self.random = random.Random(_SEED)
        self._keys = keys
        self._next = keys.stop
        self._own: list[int] = []
        self._before: tuple[int, list[int]] = (self._next, [])
        self._kinds: list[tuple[int, Callable[[Any], int]]] = [
            (30, self._update_text),
            (25, self._update_hot),
            (15, self._update_numbers),
            (15, self._insert),
            (10, self._delete),
            (5, self._again),
        ]

    def begin(self, connection: Any) -> None:
        """All its rows are known."""

    def resume(self, connection: Any) -> None:
        """Keep of its own rows those that stand."""
        known = [*{*self._own, *self._before[1]}]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {TABLE} WHERE id = ANY(%s)", (known,))
            self._own = [key for (key,) in cursor.fetchall()]
        self._next = max(self._next, self._before[0])
        self.keep()

    def one(self, cursor: Any) -> int:
        """Make one change; the number of rows it changed."""
        (kind,) = self.random.choices(
            [kind for _, kind in self._kinds], [weight for weight, _ in self._kinds]
        )
        return kind(cursor)

    def keep(self) -> None:
        self._before = (self._next, list(self._own))

    def forget(self) -> None:
        self._next, self._own = self._before[0], list(self._before[1])

    def _text(self) -> str:
        text = " ".join(self.random.choices(_WORDS, k=self.random.choice((1, 3, 60))))
        return text.encode()[:_LONGEST].decode(errors="ignore") or "x"

    def _old(self) -> int:
        while True:
            key = self.random.choice(self._keys)
            if key % 10 != QUIET:
                return key

    def _update_text(self, cursor: Any) -> int:
        column = self.random.choice(("header", "body", "origin", "destination"))
        cursor.execute(
            f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", (self._text(), self._old())
        )
        return cursor.rowcount

    def _update_numbers(self, cursor: Any) -> int:
        cursor.execute(
            f"UPDATE {TABLE} SET cost = %s, expiry_date = now(), body = NULL WHERE id = %s",
            (self.random.randrange(10_000), self._old()),
        )
        return cursor.rowcount

    def _update_hot(self, cursor: Any) -> int:
        key = self._keys.start + 10 * self.random.randrange(HOT_ROWS)
        cursor.execute(
            f"UPDATE {TABLE} SET cost = cost + 1, header = %s WHERE id = %s", (self._text(), key)
        )
        return cursor.rowcount

    def _insert(self, cursor: Any) -> int:
        self._next += 2 if (self._next + 1) % 10 == QUIET else 1
        self._own.append(self._next)
        return self._insert_key(cursor, self._next)

    def _insert_key(self, cursor: Any, key: int) -> int:
        cursor.execute(
            f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, 'ICN', %s, 'GRU', 5, now())",
            (key, *(self._text() for _ in range(4))),
        )
        return cursor.rowcount

    def _delete(self, cursor: Any) -> int:
        if not self._own:
            return 0
        key = self._own.pop(self.random.randrange(len(self._own)))
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", (key,))
        return cursor.rowcount

    def _again(self, cursor: Any) -> int:
        """A row deleted and inserted again, within the transaction."""
        key = self._old()
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = %s", (key,))
        return cursor.rowcount + self._insert_key(cursor, key)
