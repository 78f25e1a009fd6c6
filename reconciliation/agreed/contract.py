"""The contract: per table the agreed column pairs, the key, conversions, and the differences
somebody signed for.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from reconciliation.agreed.accepted_file import AcceptedReader
from reconciliation.agreed.contract_file import Reader
from reconciliation.agreed.entries import EntryReader
from reconciliation.agreed.mistakes import told
from reconciliation.agreed.profile_model import Profile
from reconciliation.errors import ContractError, ContractMistake
from reconciliation.model import (
    AcceptedDifference,
    Catalogue,
    CatalogueTable,
    Contract,
    Document,
    Excuse,
    TableContract,
)

AnyReader = TypeVar("AnyReader", bound=EntryReader)

#: what the file of accepted differences is usually called
ACCEPTED_FILE = "accepted.toml"
#: tables named where one is not found
_LISTED = 12


def load_contract(directory: Path, accepted: Path | None) -> Contract:
    """Read every table contract of a directory (``*.toml`` with a [table]) and the accepted
    differences.

    ``accepted`` None means that nobody accepted anything, and so does a file without an entry.
    Raises ContractMistake, which tells all mistakes of all files.
    """
    if not directory.is_dir():
        raise ContractMistake(f"the contract directory {directory} does not exist")
    tables, wrong = _tables(directory, accepted)
    if not tables and not wrong:
        raise ContractMistake(f"{directory} holds no table contract (a .toml file with a [table])")
    wrong += _repeated(directory, tables)
    if wrong:
        raise ContractMistake("\n".join(wrong))
    entries = _accepted(accepted, tables) if accepted is not None else []
    return Contract(
        tuple(
            replace(
                table, accepted=tuple(entry for entry in entries if entry.table == table.source)
            )
            for table in tables
        )
    )


def agreed_contract(profile: Profile) -> Contract:
    """What a profile has agreed on. Raises as ``load_contract``, and ContractMistake for a
    heartbeat that has no contract or may not be written to.
    """
    contract = load_contract(profile.contract_directory, profile.accepted)
    beat = profile.replication.heartbeat
    writable = [table.source for table in contract.tables if table.write]
    if beat is not None and beat not in writable:
        why = (
            "has write = false in its contract, and markers are written to it"
            if any(table.source == beat for table in contract.tables)
            else f"has no contract; tables that may be written to: {', '.join(writable)}"
        )
        raise ContractMistake(
            f"environments/{profile.name}.toml: [replication] heartbeat {beat!r} {why}"
        )
    return contract


def _tables(directory: Path, accepted: Path | None) -> tuple[list[TableContract], list[str]]:
    """The contracts of a directory, and the mistakes in its files."""
    tables, wrong = [], []
    signed = accepted.resolve() if accepted else None
    for path in sorted(directory.glob("*.toml")):
        reader, unreadable = _read(path, Reader)
        wrong += unreadable
        if reader is None or path.resolve() == signed or _accepts(path, reader.document):
            continue
        table = reader.table()
        if table is None:
            wrong.append(told(path, reader.mistakes))
        else:
            tables.append(table)
    return tables, wrong


def _accepts(path: Path, document: Mapping[str, Document]) -> bool:
    """The file of accepted differences may stand in the same directory, empty or not, and whether
    or not a profile names it.
    """
    return set(document) == {"accepted"} or (not document and path.name == ACCEPTED_FILE)


def _accepted(path: Path, tables: Sequence[TableContract]) -> list[AcceptedDifference]:
    if not path.exists():
        raise ContractMistake(
            f"{path}, the profile's file of accepted differences, is not there: draft it with "
            f"`python -m reconciliation contract ... --accept {path}`, or leave accepted out of "
            "the profile's [contract]"
        )
    reader, wrong = _read(path, AcceptedReader)
    entries = reader.accepted(tables) if reader else []
    if reader and reader.mistakes:
        wrong = [told(path, reader.mistakes)]
    if wrong:
        raise ContractMistake("\n".join(wrong))
    return entries


def expired(contract: Contract, today: dt.date) -> tuple[AcceptedDifference, ...]:
    """Accepted differences whose last day is over."""
    return tuple(
        entry for table in contract.tables for entry in table.accepted if entry.expires < today
    )


def excused(table: TableContract, today: dt.date) -> Excuse | None:
    """Why nothing is written to a table; None where it is, and where the excuse's last day is
    over.
    """
    excuse = table.excuse
    return excuse if excuse is not None and today <= excuse.expires else None


def expired_excuses(contract: Contract, today: dt.date) -> tuple[tuple[str, Excuse], ...]:
    """The excuses whose last day is over, each with its table's source name."""
    return tuple(
        (table.source, table.excuse)
        for table in contract.tables
        if table.excuse is not None and excused(table, today) is None
    )


def sensitive_columns(contract: Contract) -> tuple[str, ...]:
    """Every source column whose values nobody may see in a report, as ``schema.table.column``."""
    return tuple(
        f"{table.source}.{column}" for table in contract.tables for column in table.sensitive
    )


def check_contract(contract: Contract, source: Catalogue, target: Catalogue) -> None:
    """Hold the contract against both catalogues; ContractError for the first table or column that
    is absent.
    """
    for table in contract.tables:
        on_source = _present_table(table, "PostgreSQL", table.source, source)
        on_target = _present_table(table, "Oracle", table.target, target)
        left_out = table.not_compared
        sources, targets = (
            [getattr(one, side) for one in (*table.pairs, *left_out)]
            for side in ("source", "target")
        )
        _present_columns(table, on_source, filter(None, sources))
        _present_columns(table, on_target, filter(None, targets))


def _present_table(
    table: TableContract, side: str, name: str, catalogue: Catalogue
) -> CatalogueTable:
    if name not in catalogue:
        raise ContractError(
            f"{table.path}: {side} has no table {name}; there are {_known(name, catalogue)}"
        )
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
            raise ContractError(
                f"{table.path}: table {side.full_name} has no column {column}; there are {known}"
            )


def _read(path: Path, reader: type[AnyReader]) -> tuple[AnyReader | None, list[str]]:
    """The file's reader, or what keeps it from being read."""
    try:
        return reader(path, tomllib.loads(path.read_text(encoding="utf-8"))), []
    except OSError as error:
        return None, [f"{path} cannot be read: {error.strerror}"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, [f"{path} is not TOML: {error}"]


def _repeated(directory: Path, tables: Sequence[TableContract]) -> list[str]:
    counts = Counter(table.source for table in tables)
    twice = [
        f"{directory}: table {name} is given twice" for name, count in counts.items() if count > 1
    ]
    return [*twice, *_called_alike(directory, tables)]


def _called_alike(directory: Path, tables: Sequence[TableContract]) -> list[str]:
    """A sentence names one table: what one is called is no other one's name."""
    return [
        _alike(directory, table, other)
        for table in tables
        if table.called is not None
        for other in tables
        if other is not table and _spelt(table.called) in _names(other)
    ]


def _names(table: TableContract) -> set[str]:
    """What a sentence may name a table by."""
    plain = table.source.partition(".")[2]
    return {_spelt(name) for name in (table.source, plain, table.called or plain)}


def _spelt(name: str) -> str:
    """Sentences write words: "flight special" is flightspecial as well as flight_special."""
    return name.casefold().replace(" ", "").replace("_", "")


def _alike(directory: Path, table: TableContract, other: TableContract) -> str:
    return (
        f"{directory}: {table.source} is called {table.called!r}, and so is {other.source}; a "
        "sentence could mean either: give one of them another name"
    )
