"""Checks of an Oracle target, and of the task's settings against it; like those of the source."""

from __future__ import annotations

from lab.dms.assessment.subject import Subject, Unassessable

Lines = list[str]

#: the smallest Oracle that DMS writes to (user guide, Oracle target)
SMALLEST_VERSION = (10, 2)
#: columns of a statement in batch apply: twice the columns and the key once (user guide, Oracle
#: target)
BATCH_LIMIT = 999
#: what the user guide asks for that concerns changes; a role or the schema's own user may stand for
#: it
PRIVILEGES = ("SELECT ANY TABLE", "INSERT ANY TABLE", "UPDATE ANY TABLE", "DELETE ANY TABLE")


def triggers_are_enabled(subject: Subject) -> Lines:
    return [
        f"trigger {owner}.{name} on {table.target_schema}.{table.target_table} is enabled"
        for table in subject.tables
        for owner, name in subject.target.query(
            "SELECT OWNER, TRIGGER_NAME FROM DBA_TRIGGERS WHERE TABLE_OWNER = :1 AND TABLE_NAME "
            "= :2 "
            "AND STATUS = 'ENABLED' ORDER BY TRIGGER_NAME",
            (table.target_schema, table.target_table),
        )
    ]


def target_key_for_cdc(subject: Subject) -> Lines:
    return [
        f"{table.target_schema}.{table.target_table} has neither a primary key nor a unique "
        f"constraint"
        for table in subject.tables
        if not subject.target_keys(table)
    ]


def full_lob_not_nullable(subject: Subject) -> Lines:
    """A row is first written without its LOBs: their columns must take NULL meanwhile."""
    if not subject.document["TargetMetadata"]["FullLobMode"]:
        raise Unassessable("the task is not in full LOB mode")
    lines = []
    for table, column, _ in subject.lob_columns:
        described = subject.target_table(table)
        found = [one for one in described.columns if one.name == column.target] if described else []
        if described and found and not found[0].nullable:
            lines.append(f"{described.full_name}.{column.target} takes a LOB and is NOT NULL")
    return lines


def batch_apply_key_absent(subject: Subject) -> Lines:
    _need_batch_apply(subject)
    return target_key_for_cdc(subject)


def batch_apply_keys_at_once(subject: Subject) -> Lines:
    _need_batch_apply(subject)
    return [
        f"{table.target_schema}.{table.target_table} has a primary key and a unique constraint"
        for table in subject.tables
        if {"P", "U"} <= subject.target_keys(table).keys()
    ]


def batch_apply_lob_mode(subject: Subject) -> Lines:
    _need_batch_apply(subject)
    full = subject.document["TargetMetadata"]["FullLobMode"] and subject.lob_columns
    return ["batch apply needs limited LOB mode, and the task is in full LOB mode"] if full else []


def batch_apply_lob_999(subject: Subject) -> Lines:
    _need_batch_apply(subject)
    lines = []
    for table in subject.tables:
        described = subject.target_table(table)
        needed = 2 * len(table.columns) + len(described.key) if described else 0
        if described and needed > BATCH_LIMIT:
            lines.append(
                f"{described.full_name} needs {needed} columns in a batch; {BATCH_LIMIT} are "
                f"possible"
            )
    return lines


def permissions_on_target(subject: Subject) -> Lines:
    own = subject.spec.target.user.upper()
    if all(table.target_schema == own for table in subject.tables):
        return []
    held = {
        privilege for (privilege,) in subject.target.query("SELECT PRIVILEGE FROM SESSION_PRIVS")
    }
    return [f"{own} lacks {privilege}" for privilege in PRIVILEGES if privilege not in held]


def supported_version_of_target(subject: Subject) -> Lines:
    ((version,),) = subject.target.query(
        "SELECT VERSION FROM DBA_REGISTRY WHERE COMP_ID = 'CATALOG'"
    )
    numbers = tuple(int(part) for part in version.split(".")[:2])
    return [] if numbers >= SMALLEST_VERSION else [f"the target is Oracle {version}"]


def validation_privileges(subject: Subject) -> Lines:
    _need_validation(subject)
    held = {
        privilege for (privilege,) in subject.target.query("SELECT PRIVILEGE FROM SESSION_PRIVS")
    }
    return [] if "EXECUTE ANY PROCEDURE" in held else ["EXECUTE on SYS.DBMS_CRYPTO is not granted"]


def pk_validity(subject: Subject) -> Lines:
    _need_validation(subject)
    return [
        f"{table.source.full_name} has no key that data validation could use"
        for table in subject.tables
        if not subject.unique_keys(table)
    ]


def _need_batch_apply(subject: Subject) -> None:
    if not subject.batch_apply:
        raise Unassessable("BatchApplyEnabled is false")


def _need_validation(subject: Subject) -> None:
    if not subject.document["ValidationSettings"]["EnableValidation"]:
        raise Unassessable("EnableValidation is false")
