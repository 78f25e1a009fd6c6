"""The contract: per table the agreed column pairs, the key, conversions, and the differences somebody signed for."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciliation.canonical import ACCEPTABLE, conversion
from reconciliation.errors import CanonicalError, ContractError
from reconciliation.model import (
    KEYED,
    MULTISET,
    AcceptedDifference,
    Catalogue,
    CatalogueTable,
    ColumnPair,
    Contract,
    NotCompared,
    TableContract,
)
from reconciliation.row_filter import FilterError, check_filter

_TABLE_KEYS = {"source": str, "target": str, "mark_column": str}
_TABLE_OPTIONAL = {"key": list, "rows": str, "sensitive": list, "source_filter": str, "target_filter": str}
_ACCEPTED_KEYS = {"table": str, "columns": list, "rule": str, "reason": str, "owner": str, "expires": dt.date}
#: tables named where one is not found
_LISTED = 12
_COLUMN_OPTIONAL = ("conversion", "minimum", "maximum")


def load_contract(directory: Path, accepted: Path | None) -> Contract:
    """Read every table contract of a directory (``*.toml`` with a [table]) and the accepted differences.

    ``accepted`` None means that nobody accepted anything. Raises ContractError.
    """
    if not directory.is_dir():
        raise ContractError(f"the contract directory {directory} does not exist")
    documents = [(path, _read(path)) for path in sorted(directory.glob("*.toml"))]
    # the file of accepted differences may stand in the same directory
    tables = [_table(path, document) for path, document in documents if set(document) != {"accepted"}]
    if not tables:
        raise ContractError(f"{directory} holds no table contract (a .toml file with a [table])")
    _refuse_repeated((table.source for table in tables), f"{directory}: table")
    entries = _accepted(accepted, tables) if accepted is not None else []
    return Contract(
        tuple(
            replace(table, accepted=tuple(entry for entry in entries if entry.table == table.source))
            for table in tables
        )
    )


def expired(contract: Contract, today: dt.date) -> tuple[AcceptedDifference, ...]:
    """Accepted differences whose last day is over."""
    return tuple(entry for table in contract.tables for entry in table.accepted if entry.expires < today)


def sensitive_columns(contract: Contract) -> tuple[str, ...]:
    """Every source column whose values nobody may see in a report, as ``schema.table.column``."""
    return tuple(f"{table.source}.{column}" for table in contract.tables for column in table.sensitive)


def check_contract(contract: Contract, source: Catalogue, target: Catalogue) -> None:
    """Hold the contract against both catalogues; ContractError for the first table or column that is absent."""
    for table in contract.tables:
        on_source = _present_table(table, "PostgreSQL", table.source, source)
        on_target = _present_table(table, "Oracle", table.target, target)
        left_out = table.not_compared
        sources, targets = ([getattr(one, side) for one in (*table.pairs, *left_out)] for side in ("source", "target"))
        _present_columns(table, on_source, filter(None, sources))
        _present_columns(table, on_target, filter(None, targets))


def _present_table(table: TableContract, side: str, name: str, catalogue: Catalogue) -> CatalogueTable:
    if name not in catalogue:
        hidden = ", or this user may not see it" if side == "Oracle" else ""  # ALL_TABLES shows what is granted
        raise ContractError(f"{table.path}: {side} has no table {name}; there are {_known(name, catalogue)}{hidden}")
    return catalogue[name]


def _known(name: str, catalogue: Catalogue) -> str:
    if len(catalogue) <= _LISTED:
        return ", ".join(sorted(catalogue)) or "none"
    near = difflib.get_close_matches(name, list(catalogue), 5, 0.0)
    return f"{len(catalogue)} others, the nearest are {', '.join(near)}"


def _present_columns(table: TableContract, side: CatalogueTable, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in side.columns:
            known = ", ".join(side.columns)
            raise ContractError(f"{table.path}: table {side.full_name} has no column {column}; there are {known}")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{path} is not TOML: {error}") from error


def _table(path: Path, document: Mapping[str, Any]) -> TableContract:
    if "table" not in document or not document.get("column"):
        raise ContractError(f"{path}: a table contract needs a [table] and at least one [[column]]")
    _refuse_undecided(path, document)
    _refuse_unknown(document, ("table", "column", "not_compared"), str(path))
    table, where = document["table"], f"{path}: [table]"
    _typed(table, _TABLE_KEYS, where, _TABLE_OPTIONAL)
    pairs = tuple(_pair(path, column) for column in document["column"])
    _refuse_repeated((pair.source for pair in pairs), f"{path}: source column")
    _refuse_repeated((pair.target for pair in pairs), f"{path}: target column")
    key, sensitive = (tuple(table.get(name, ())) for name in ("key", "sensitive"))
    for column in (*key, table["mark_column"], *sensitive):
        if column not in {pair.source for pair in pairs}:
            raise ContractError(f"{path}: {column} of [table] is no source column of a [[column]]")
    for name, columns in (("key", key), ("sensitive", sensitive)):
        _refuse_repeated(columns, f"{where}: {name} column")
    return TableContract(
        source=table["source"],
        target=table["target"],
        key=key,
        pairs=pairs,
        mark_column=table["mark_column"],
        path=str(path),
        sensitive=sensitive,
        rows=_rows(table, where),
        not_compared=_not_compared(path, document, pairs),
        **_filters(table, where),
    )


def _refuse_undecided(path: Path, document: Mapping[str, Any]) -> None:
    """A draft is no contract: what it could not decide stands in sections of their own until somebody does."""
    entries = document.get("undecided", ())
    names = [" -> ".join(str(entry[part]) for part in ("source", "target", "what") if part in entry)
             for entry in entries if isinstance(entry, Mapping)]  # fmt: skip
    if names:
        raise ContractError(f"{path}: not decided: {', '.join(names)}. Turn each [[undecided]] into a [[column]], or "
                            "into a [[not_compared]] with the reason")  # fmt: skip


def _not_compared(path: Path, document: Mapping[str, Any], pairs: tuple[ColumnPair, ...]) -> tuple[NotCompared, ...]:
    where, found = f"{path}: [[not_compared]]", []
    sides = {"source": {pair.source for pair in pairs}, "target": {pair.target for pair in pairs}}
    for entry in document.get("not_compared", ()):
        _typed(entry, {"reason": str}, where, dict.fromkeys(sides, str))
        if not entry["reason"].strip() or not entry.keys() & sides.keys():
            raise ContractError(f"{where} needs a source column, a target column or both, and a reason")
        for side, paired in sides.items():
            if entry.get(side) in paired:
                raise ContractError(f"{where} names {entry[side]}, which a [[column]] compares; remove either")
        found.append(NotCompared(entry.get("source"), entry.get("target"), entry["reason"]))
    return tuple(found)


def _rows(table: Mapping[str, Any], where: str) -> str:
    """How the rows are paired: a key or the word that there is none, never both and never neither."""
    rows = table.get("rows", KEYED)
    if rows not in (KEYED, MULTISET):
        raise ContractError(f'{where}: rows is {rows!r}; write "{KEYED}" (by the key) or "{MULTISET}" (no key: rows '
                            "with the same values are counted)")  # fmt: skip
    if rows == KEYED and not table.get("key"):
        raise ContractError(f'{where}: key is empty; rows cannot be told apart without a key. Name its columns, or '
                            f'write rows = "{MULTISET}" to have rows with the same values counted')  # fmt: skip
    if rows == MULTISET and table.get("key"):
        raise ContractError(f'{where}: rows = "{MULTISET}" compares without a key, and key names one; remove either')
    return rows


def _filters(table: Mapping[str, Any], where: str) -> dict[str, str]:
    """The row filters, both or neither: a table restricted on one side only differs by what was left out."""
    given = {name: table[name] for name in ("source_filter", "target_filter") if name in table}
    for name, condition in given.items():
        try:
            check_filter(condition)
        except FilterError as error:
            raise ContractError(f"{where}: {name} {error}") from None
    if len(given) == 1:
        (present,) = given
        other = "target_filter" if present == "source_filter" else "source_filter"
        raise ContractError(f"{where}: {present} has no counterpart; add {other} with the same condition in the other "
                            "database's words, or 1 = 1 where that side keeps all its rows")  # fmt: skip
    return given


def _pair(path: Path, column: Any) -> ColumnPair:
    where = f"{path}: [[column]]"
    if not isinstance(column, Mapping):
        raise ContractError(f"{where} must be a table")
    _typed({k: v for k, v in column.items() if k not in _COLUMN_OPTIONAL}, {"source": str, "target": str}, where)
    spelled = column.get("conversion")
    if spelled is not None:
        try:
            conversion(str(spelled))
        except CanonicalError as error:
            raise ContractError(f"{path}: column {column['source']}: {error}") from error
    return ColumnPair(column["source"], column["target"], spelled, column.get("minimum"), column.get("maximum"))


def _accepted(path: Path, tables: list[TableContract]) -> list[AcceptedDifference]:
    document = _read(path)
    _refuse_unknown(document, ("accepted",), str(path))
    return [_accepted_entry(path, entry, tables) for entry in document.get("accepted", [])]


def _accepted_entry(path: Path, entry: Any, tables: list[TableContract]) -> AcceptedDifference:
    where = f"{path}: [[accepted]]"
    _typed(entry, _ACCEPTED_KEYS, where)
    if entry["rule"] not in ACCEPTABLE:
        known = ", ".join(ACCEPTABLE)
        raise ContractError(f"{where} has the unknown rule {entry['rule']!r}; known are {known}")
    table = next((table for table in tables if table.source == entry["table"]), None)
    if table is None:
        known = ", ".join(table.source for table in tables)
        raise ContractError(f"{where} names table {entry['table']}, which has no contract; there are {known}")
    agreed = {pair.source for pair in table.pairs}
    columns = tuple(column for column in entry["columns"] if column in agreed)
    if not entry["columns"]:
        raise ContractError(f"{where} for {table.source} names no column; there are {', '.join(sorted(agreed))}")
    if not entry["reason"].strip() or not entry["owner"].strip():
        raise ContractError(f"{where} for {table.source} needs a reason and an owner")
    return AcceptedDifference(
        table=entry["table"],
        columns=columns,
        rule=entry["rule"],
        reason=entry["reason"],
        owner=entry["owner"],
        expires=entry["expires"],
        vanished=tuple(column for column in entry["columns"] if column not in agreed),
    )


def _typed(member: Any, keys: Mapping[str, type], where: str, optional: Mapping[str, type] | None = None) -> None:
    """Every key present, each of its type, no other but the optional ones; lists hold texts."""
    if not isinstance(member, Mapping):
        raise ContractError(f"{where} must be a table")
    known = {**keys, **(optional or {})}
    for name, kind in known.items():
        if name not in member:
            if name in keys:
                raise ContractError(f"{where} lacks {name}")
            continue
        value = member[name]
        if not isinstance(value, kind) or isinstance(value, dt.datetime):
            raise ContractError(f"{where}: {name} must be a {kind.__name__}, not {value!r}")
        if kind is list and not all(isinstance(item, str) for item in value):
            raise ContractError(f"{where}: {name} must hold texts only, not {value!r}")
    _refuse_unknown(member, tuple(known), where)


def _refuse_unknown(member: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [name for name in member if name not in known]
    if unknown:
        raise ContractError(f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(known)}")


def _refuse_repeated(names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ContractError(f"{what} {name} is given twice")
        seen.add(name)
