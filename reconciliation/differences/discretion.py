"""What is said of a table without the values of its sensitive columns."""

from __future__ import annotations

import re

from reconciliation.describe import digest, show
from reconciliation.model import Contract, Key, TableContract

_TEXT = re.compile(r"('(?:[^']|'')*')")
_NUMBER = re.compile(r"(?<![\w.\"])[+-]?\d+(?:\.\d+)?(?![\w.\"])")


def hidden_names(table: TableContract) -> frozenset[str]:
    """The sensitive columns under their names on both sides."""
    pairs = [table.pair(column) for column in table.sensitive]
    return frozenset(name for pair in pairs for name in (pair.source, pair.target))


def shown_key(contract: TableContract, key: Key) -> str:
    """The values of a key, digests of sensitive columns."""
    names = (*contract.key, *[""] * max(0, len(key) - len(contract.key)))
    parts = (
        digest(value) if name in contract.sensitive else show(value)
        for name, value in zip(names, key, strict=False)
    )
    return ", ".join(parts)


def discreet_statement(
    statement: str, contract: Contract, owner: str, name: str, keys: range
) -> str:
    """A statement on the table ``owner.name`` without its values, when that table has sensitive
    columns.

    Which value belongs to which column is not to be told from a text for certain, so every one of
    them becomes a digest, but for the numbers in ``keys``: the keys of rows this suite wrote
    itself.
    """
    wanted = f"{owner}.{name}".casefold()
    agreed = [
        table
        for table in contract.tables
        if wanted in (table.source.casefold(), table.target.casefold())
    ]
    if not any(table.sensitive for table in agreed):
        return statement
    parts = _TEXT.split(statement)
    return "".join(
        digest(part) if number % 2 else _NUMBER.sub(lambda found: _number(found[0], keys), part)
        for number, part in enumerate(parts)
    )


def _number(digits: str, keys: range) -> str:
    whole = digits.lstrip("+-")
    return digits if whole.isdigit() and int(whole) in keys else digest(digits)
