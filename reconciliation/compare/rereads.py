"""The same rows read again and again, with a memory: the target shows late what the source showed
before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

from reconciliation.canonical import ColumnRule
from reconciliation.compare.rows import compare_rows
from reconciliation.model import Difference, Key, Row, TableContract

#: both sides' rows of one key as they are read at one time; None where there is none
Pair = tuple[Row | None, Row | None]
#: reads some keys on both sides afresh, the source first
Read = Callable[[Sequence[Key]], tuple[Sequence[Difference], Mapping[Key, Pair]]]

#: keys read at once: both sides of a row are then seen shortly after one another, and memory stays
#: bounded
KEYS_AT_ONCE = 500
#: earlier states of a source row that are remembered, and of how many rows
REMEMBERED_STATES = 64
REMEMBERED_ROWS = 2_000


class Rereads:
    """``again`` is a ``Reread`` of ``recheck``. A row whose target shows what the source showed
    when it was read before agrees.

    Both times come after the table's snapshot, so such a row was right at a commit after the
    verdict's watermark. A row that is written all the time is never alike on both sides at one
    instant; this is how it is judged.
    """

    def __init__(self, read: Read, table: TableContract, rules: Mapping[str, ColumnRule]) -> None:
        self._read, self._table, self._rules = read, table, rules
        self._states: dict[Key, OrderedDict[bytes | None, Row | None]] = {}

    def again(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        """The differences that count, and a digest of both rows of every key."""
        found: list[Difference] = []
        content: dict[Key, object] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            differences, rows = self._read(keys[start : start + KEYS_AT_ONCE])
            late = {key for key in {item.key for item in differences} if self._was(key, rows[key])}
            found += [item for item in differences if item.key not in late]
            content |= {key: (_digest(pair[0]), _digest(pair[1])) for key, pair in rows.items()}
        return found, content

    def _was(self, key: Key, pair: Pair) -> bool:
        """Whether the target shows an earlier state of the source; remembers the present one."""
        source, target = pair
        states = self._states.get(key, OrderedDict())
        present = _digest(source)
        if any(
            self._alike(key, state, target) for name, state in states.items() if name != present
        ):
            return True
        if key in self._states or len(self._states) < REMEMBERED_ROWS:
            states[present] = source
            if len(states) > REMEMBERED_STATES:
                states.popitem(last=False)
            self._states[key] = states
        return False

    def _alike(self, key: Key, source: Row | None, target: Row | None) -> bool:
        if source is None or target is None:
            return source is target
        return not compare_rows(self._table, self._rules, {key: source}, {key: target}).differences


def _digest(row: Row | None) -> bytes | None:
    return (
        None
        if row is None
        else blake2b(repr(sorted(row.items())).encode(), digest_size=16).digest()
    )
