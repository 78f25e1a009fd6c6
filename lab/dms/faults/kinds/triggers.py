"""Triggers and sequences on the target, as a DBA would create, enable and move them."""

from __future__ import annotations

from collections.abc import Sequence

from lab.dms.databases.target import Target, TargetError
from lab.dms.faults.catalogue import STRANGER, Given, fault
from lab.dms.faults.kinds.strangers import TARGET_TABLE, names
from lab.dms.faults.kinds.target_rows import NUMBERS, TEXTS, TargetRows
from lab.dms.faults.options import target_object, text, whole
from lab.dms.faults.surroundings import Stranger
from lab.dms.ground.statements import literal
from lab.quoting import qualified, quoted

_Prepared = tuple[Sequence[str], Sequence[str]]


@fault(
    STRANGER,
    "identity_trigger",
    (15, 77),
    "a trigger in Oracle gives every inserted row a key of its own; later changes of the row do "
    "not find it",
    table=TARGET_TABLE,
)
def _identity_trigger(given: Given) -> Stranger:
    owner, table, full = names(given)
    sequence, trigger = (_named(owner, table, part) for part in ("ID", "IDTRG"))

    def prepare(session: Target) -> _Prepared:
        rows = TargetRows.of(session, owner, table)
        key = rows.numbered()
        value, highest = _next(rows, key, sequence), 0
        if rows.kinds[key] in NUMBERS:
            [(found,)] = session.query(f"SELECT MAX({quoted(key)}) FROM {full}")
            highest = int(found or 0)
        body = f"BEGIN SELECT {value} INTO :new.{quoted(key)} FROM dual; END;"
        create = f"CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT ON {full} FOR EACH ROW {body}"
        return (
            (f"CREATE SEQUENCE {sequence} START WITH {highest + 1000}", create),
            (f"DROP TRIGGER {trigger}", f"DROP SEQUENCE {sequence}"),
        )

    return Stranger(owner=owner, prepare=prepare)


def _named(owner: str, table: str, part: str) -> str:
    """A name for what belongs to a fault of a table, of at most 30 bytes."""
    return qualified(owner, f"LAB_FAULT_{part}_{table}".encode()[:30].decode(errors="ignore"))


def _next(rows: TargetRows, key: str, sequence: str) -> str:
    """The sequence's next number as a value of the key's type. Raises TargetError where there is
    none.
    """
    kind = rows.kinds[key]
    if kind in NUMBERS:
        return f"{sequence}.NEXTVAL"
    if kind in TEXTS:
        return f"TO_CHAR({sequence}.NEXTVAL)"
    if kind == "RAW":
        return f"HEXTORAW(LPAD(TO_CHAR({sequence}.NEXTVAL), 32, '0'))"
    raise TargetError(
        None, f"a sequence cannot number column {key} of {rows.owner}.{rows.table}: it is a {kind}"
    )


@fault(
    STRANGER,
    "touch_trigger",
    (15,),
    "a trigger in Oracle writes a value of its own into a column of every inserted or updated row",
    table=TARGET_TABLE,
    column=text(None, "the column, as the target names it", required=True),
    value=text("touched", "what the trigger writes"),
)
def _touch_trigger(given: Given) -> Stranger:
    owner, table, full = names(given)
    trigger = _named(owner, table, "TCHTRG")

    def prepare(_: Target) -> _Prepared:
        body = f"BEGIN :new.{quoted(given['column'])} := {literal(given['value'])}; END;"
        create = (
            f"CREATE OR REPLACE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {full} FOR "
            f"EACH ROW {body}"
        )
        return (create,), (f"DROP TRIGGER {trigger}",)

    return Stranger(owner=owner, prepare=prepare)


@fault(
    STRANGER,
    "triggers_enabled",
    (15, 77),
    "the disabled triggers of an Oracle table are enabled again and change what is replicated",
    table=TARGET_TABLE,
)
def _triggers_enabled(given: Given) -> Stranger:
    owner, table, _ = names(given)

    def prepare(session: Target) -> _Prepared:
        disabled = session.query(
            "SELECT TRIGGER_NAME FROM ALL_TRIGGERS WHERE TABLE_OWNER = :1 AND TABLE_NAME = :2 "
            "AND STATUS = 'DISABLED'",
            (owner, table),
        )
        found = [f"{quoted(owner)}.{quoted(name)}" for (name,) in disabled]
        return [f"ALTER TRIGGER {name} ENABLE" for name in found], [
            f"ALTER TRIGGER {name} DISABLE" for name in found
        ]

    return Stranger(owner=owner, prepare=prepare)


@fault(
    STRANGER,
    "sequence_behind",
    (65,),
    "a sequence in Oracle hands out numbers that replicated rows have already",
    sequence=target_object("the sequence"),
    start=whole(1, "the number it hands out next", 1),
)
def _sequence_behind(given: Given) -> Stranger:
    owner, _, name = given["sequence"].partition(".")
    full = f"{quoted(owner)}.{quoted(name)}"

    def prepare(session: Target) -> _Prepared:
        found = session.query(
            "SELECT LAST_NUMBER FROM ALL_SEQUENCES WHERE SEQUENCE_OWNER = :1 AND SEQUENCE_NAME = "
            ":2",
            (owner, name),
        )
        if not found:
            raise TargetError(2289, f"ORA-02289: sequence {owner}.{name} does not exist")
        restart = f"ALTER SEQUENCE {full} RESTART START WITH"
        return (f"{restart} {given['start']}",), (f"{restart} {int(found[0][0])}",)

    return Stranger(owner=owner, prepare=prepare)
