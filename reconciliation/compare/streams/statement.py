"""A SELECT of rows as its parts, so that conditions can be added to it: the one place where they
are joined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Statement:
    """``conditions`` are SQL, all of which have to hold; ``order`` is what follows ORDER BY, or
    empty.
    """

    columns: str
    relation: str
    order: str = ""
    conditions: tuple[str, ...] = ()

    def where(self, *conditions: str) -> Statement:
        """The same with more conditions; empty ones are left out."""
        return replace(self, conditions=self.conditions + tuple(filter(None, conditions)))

    @property
    def sql(self) -> str:
        """The whole statement."""
        where = (
            f" WHERE {' AND '.join(f'({condition})' for condition in self.conditions)}"
            if self.conditions
            else ""
        )
        order = f" ORDER BY {self.order}" if self.order else ""
        return f"SELECT {self.columns} FROM {self.relation}{where}{order}"
