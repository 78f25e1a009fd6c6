"""One change in Oracle that nobody expected, in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciliation.describe import digest, show
from reconciliation.differences.discretion import hidden_names, shown_key
from reconciliation.model import Difference, DifferenceKind, Key, Row, TableContract, Value

Rows = Mapping[Key, Row]
#: stands behind the key of a row that another one has already
AGAIN = "once more"
_NOT_KNOWN = "what it was before the change is not known"


@dataclass(frozen=True)
class Unknown:
    """What a row was before cannot be told."""


UNKNOWN = Unknown()
#: a row as Oracle held it before; None: there was none
Image = Row | None | Unknown


@dataclass(frozen=True)
class Change:
    """One cell, or one whole row, that is not what it was. ``column`` is None for a row that came
    or went. ``named`` is the key as it may be shown.

    Where nobody knows what was before, it is not ``certain``: the row differs from PostgreSQL,
    whose value ``before`` is then.
    """

    table: str
    key: Key
    column: str | None
    before: object
    after: object
    hidden: bool = False  # the values are shown as digests
    named: str = ""
    certain: bool = True

    def __str__(self) -> str:
        where = f"{self.table} {self.named or ', '.join(map(show, self.key))}"
        if not self.certain:
            return f"{where}  {self._unlike()}"
        if self.column is None:
            return f"{where}  the row {'came' if self.before is None else 'went'}"
        return (
            f"{where}  {self.column}  was {self._shown(self.before)}, is {self._shown(self.after)}"
        )

    def _unlike(self) -> str:
        if self.after is None and self.column is None:
            return f"the row is missing, PostgreSQL holds it; {_NOT_KNOWN}"
        if self.column is None:
            return f"the row is not in PostgreSQL; {_NOT_KNOWN}"
        values = f"is {self._shown(self.after)}, PostgreSQL holds {self._shown(self.before)}"
        return f"{self.column}  {values}; {_NOT_KNOWN}"

    def _shown(self, value: object) -> str:
        return digest(value) if self.hidden else repr(value)


def changes(
    table: str,
    before: Rows,
    after: Rows,
    hidden: Collection[str] = (),
    named: Callable[[Key], str] = lambda key: "",
) -> list[Change]:
    """Every row and cell in which two readings of one table differ; ``hidden`` columns show digests
    only.
    """
    found = [
        Change(table, key, None, before.get(key), after.get(key), named=named(key))
        for key in before.keys() ^ after.keys()
    ]
    for key in before.keys() & after.keys():
        for column, value in before[key].items():
            now = after[key][column]
            if not same(value, now):
                found.append(Change(table, key, column, value, now, column in hidden, named(key)))
    return sorted(found, key=lambda change: (str(change.key), change.column or ""))


def same(one: object, other: object) -> bool:
    """Whether two values of one column are one; not a number is no other number than it was."""
    return one == other or repr(one) == repr(other)


def changes_of(
    contract: TableContract, differences: Sequence[Difference], now: Row | None, image: Image
) -> Iterator[Change]:
    """What changed in one row of Oracle, ``now``, that differs from PostgreSQL in ``differences``.

    A row that was before (``image``) as it is now has not changed, and gives none.
    """
    for one in differences:
        yield from _changes_of(contract, one, now, image)


def _changes_of(
    contract: TableContract, one: Difference, now: Row | None, image: Image
) -> Iterator[Change]:
    named = shown_key(contract, one.key)
    if isinstance(image, Unknown):
        yield _unlike(contract, one, now, named)
    elif one.kind is not DifferenceKind.CHANGED and image is not None and now is not None:
        # a row that PostgreSQL never held, and was there before
        yield from changes(
            contract.target,
            {one.key: image},
            {one.key: now},
            hidden_names(contract),
            lambda key: named,
        )
    elif image is None or now is None:
        if image is not now:
            yield Change(contract.target, one.key, None, image, now, named=named)
    elif one.target_column and not same(image[one.target_column], now[one.target_column]):
        yield Change(
            contract.target,
            one.key,
            one.target_column,
            image[one.target_column],
            now[one.target_column],
            one.target_column in hidden_names(contract),
            named,
        )


def _unlike(contract: TableContract, one: Difference, now: Row | None, named: str) -> Change:
    here: Value
    there: Value
    if one.kind is DifferenceKind.CHANGED:
        here, there = one.source_value, one.target_value
    else:
        here, there = (None, now) if one.kind is DifferenceKind.EXTRA else (one.key, None)
    return Change(
        contract.target,
        one.key,
        one.target_column,
        here,
        there,
        one.target_column in hidden_names(contract),
        named,
        certain=False,
    )
