"""The keys a run may write under: those of the profile's range, each given once."""

from __future__ import annotations

from reconciliation.errors import EnvironmentFault


class ReservedKeys:
    """``reserved`` are the first and the last key of the range; the last one is the sweep's."""

    def __init__(self, reserved: tuple[int, int]) -> None:
        self._first, self._last = reserved[0], reserved[1] - 1
        self._next = self._first

    def take(self, count: int) -> list[int]:
        """``count`` keys of the reserved range that this run has not used yet; EnvironmentFault
        when there are no more.
        """
        first = self._next
        if first + count - 1 > self._last:
            raise EnvironmentFault(
                f"the reserved keys {self._first} to {self._last} are used up; widen "
                "reserved_keys in the profile"
            )
        self._next += count
        return list(range(first, first + count))
