"""Statements that let an account see, in the words in which they are handed to an administrator. No
I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from reconciliation.agreed.interruptions import REBOOT
from reconciliation.agreed.profile import Profile
from reconciliation.databases.quoting import quoted
from reconciliation.model import Contract, TableContract

#: Oracle's dictionary views that hide nothing, and what each of them is asked for
WHOLE_VIEWS = {
    "DBA_TRIGGERS": "triggers on the mapped tables",
    "DBA_TABLES": "whether a table is absent, or only not granted",
    "DBA_CONSTRAINTS": "foreign keys of tables that may not be read (repair scripts)",
    "DBA_CONS_COLUMNS": "their columns (repair scripts)",
}
#: the table in which DMS keeps the changes it could not apply (DMS user guide, "Control table task
#: settings")
APPLY_EXCEPTIONS = "awsdms_apply_exceptions"
READ_SETTINGS = "pg_read_all_settings"
#: the same, and whose session stands in the way of a statement
ROLES = f"{READ_SETTINGS}, pg_read_all_stats"
#: calls of the judge by what they are allowed with; what a reading run needs comes first
ACTIONS = {
    "DescribeReplicationTasks": "dms:DescribeReplicationTasks",
    "DescribeReplicationInstances": "dms:DescribeReplicationInstances",
    "DescribeEndpoints": "dms:DescribeEndpoints",
    "DescribeConnections": "dms:DescribeConnections",
    "DescribeTableStatistics": "dms:DescribeTableStatistics",
    "DescribeDBInstances": "rds:DescribeDBInstances",
    "DescribeDBParameters": "rds:DescribeDBParameters",
    "DescribeLogStreams": "logs:DescribeLogStreams",
    "FilterLogEvents": "logs:FilterLogEvents",
    "ListMetrics": "cloudwatch:ListMetrics",
    "GetMetricStatistics": "cloudwatch:GetMetricStatistics",
    "GetSecretValue": "secretsmanager:GetSecretValue",
    "StopReplicationTask": "dms:StopReplicationTask",
    "StartReplicationTask": "dms:StartReplicationTask",
    "RebootDBInstance": "rds:RebootDBInstance",
}
#: Oracle Database SQL Language Reference, "Oracle SQL Reserved Words": no name without quotes
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """
ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COLUMN_VALUE COMMENT
  COMPRESS CONNECT
CREATE CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR
  FROM GRANT GROUP
HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE
  LOCK LONG MAXEXTENTS
MINUS MLSLABEL MODE MODIFY NESTED_TABLE_ID NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE
  ON ONLINE OPTION OR
ORDER PCTFREE PRIOR PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE
  SIZE SMALLINT START
SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE
  VALUES VARCHAR VARCHAR2 VIEW
WHENEVER WHERE WITH
""",
    )
)
_CONTROLLING = ("StopReplicationTask", "StartReplicationTask")
_CHANGING = ("INSERT", "UPDATE", "DELETE")

# ------------------------------------------------------------------ one statement


def in_oracle(name: str) -> str:
    """An identifier as Oracle takes it: in quotes only where it needs them."""
    plain = re.fullmatch(r"[A-Z][A-Z0-9_$#]*", name) and name not in _RESERVED
    return name if plain else quoted(name)


def in_postgresql(name: str) -> str:
    """An identifier as PostgreSQL takes it; a plain name may be a key word, but none that is used
    for tables.
    """
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quoted(name)


def oracle_table(full_name: str, user: str, privilege: str = "SELECT") -> str:
    """``full_name`` as catalogues have it: ``TRAVELBUDDY.FLIGHTSPECIAL``."""
    schema, _, table = full_name.partition(".")
    return f"GRANT {privilege} ON {in_oracle(schema)}.{in_oracle(table)} TO {in_oracle(user)}"


def oracle_view(view: str, user: str) -> str:
    """A view of Oracle's dictionary."""
    return f"GRANT SELECT ON SYS.{view} TO {in_oracle(user)}"


def oracle_scn(user: str) -> tuple[str, str]:
    """The system change number now; either of the two will do."""
    return (
        f"GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO {in_oracle(user)}",
        f"GRANT SELECT ON SYS.V_$DATABASE TO {in_oracle(user)}",
    )


def postgresql_table(full_name: str, user: str, privileges: Iterable[str] = ("SELECT",)) -> str:
    schema, _, table = full_name.partition(".")
    return (
        f"GRANT {', '.join(privileges)} ON {in_postgresql(schema)}.{in_postgresql(table)} "
        f"TO {in_postgresql(user)}"
    )


def postgresql_schema(schema: str, user: str) -> str:
    return f"GRANT USAGE ON SCHEMA {in_postgresql(schema)} TO {in_postgresql(user)}"


def postgresql_sequence(sequence: str, user: str) -> str:
    """``sequence`` with its schema, as PostgreSQL takes it."""
    return f"GRANT SELECT ON SEQUENCE {sequence} TO {in_postgresql(user)}"


def postgresql_sequences(schema: str, user: str) -> str:
    """All that there are in a schema."""
    return (
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {in_postgresql(schema)} TO {in_postgresql(user)}"
    )


def postgresql_role(role: str, user: str) -> str:
    return f"GRANT {role} TO {in_postgresql(user)}"


# ------------------------------------------------------------------ all that a profile needs


def oracle_statements(profile: Profile, contract: Contract, user: str) -> Iterator[str]:
    """What the account of [target] needs; it writes nothing there but removes, where mutations are
    allowed.
    """
    yield f"GRANT CREATE SESSION TO {in_oracle(user)}"
    owned = f"{user}."
    for table in contract.tables:
        if not table.target.startswith(owned):
            yield oracle_table(
                table.target, user, "SELECT, DELETE" if _changes(profile, table) else "SELECT"
            )
    for view in WHOLE_VIEWS:
        yield oracle_view(view, user)
    control = f"{profile.replication.control_schema}.{APPLY_EXCEPTIONS}"
    if not control.startswith(owned):
        yield oracle_table(control, user)


def oracle_looks(contract: Contract, user: str) -> Iterator[str]:
    """What the account of [target] is better given besides: the SCN of now, and the tables as they
    were at an earlier one.
    """
    yield from oracle_scn(user)
    for table in contract.tables:
        if not table.target.startswith(f"{user}."):
            yield oracle_table(table.target, user, "FLASHBACK")


def postgresql_statements(profile: Profile, contract: Contract, user: str) -> Iterator[str]:
    """What the account of [source] needs; CONNECT is everybody's unless it was revoked."""
    if profile.source.database:
        yield (
            f"GRANT CONNECT ON DATABASE {in_postgresql(profile.source.database)} TO "
            f"{in_postgresql(user)}"
        )
    for schema in dict.fromkeys(table.source.partition(".")[0] for table in contract.tables):
        yield postgresql_schema(schema, user)
        yield postgresql_sequences(schema, user)
    for table in contract.tables:
        yield postgresql_table(
            table.source, user, ("SELECT", *(_CHANGING if _changes(profile, table) else ()))
        )
    yield postgresql_role(ROLES, user)


def _changes(profile: Profile, table: TableContract) -> bool:
    """Whether a run may write rows of a table."""
    return profile.mutations and table.write


def aws_policy(profile: Profile) -> str:
    """The identity's policy as JSON."""
    wanted = [
        action
        for call, action in ACTIONS.items()
        if (call not in _CONTROLLING or profile.control_task)
        and (call != "RebootDBInstance" or profile.interrupts(REBOOT))
        and (call != "GetSecretValue" or profile.source.secret or profile.target.secret)
    ]
    statement = {"Effect": "Allow", "Action": sorted(wanted), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
