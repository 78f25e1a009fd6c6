"""Who may do what in the lab's databases: the statements of docs/grants.md, which its
administrators execute.

A test holds both against each other, so that a live environment is given what the lab was tried
with. Passwords are no part of it: the users are there already. What is granted on tables follows
from the tables of the lab's world; the page shows TravelBuddy's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

#: the user of both DMS endpoints
REPLICATION_USER = "dmsuser"
#: the suite's own user on both sides
SUITE_USER = "verifier"
#: the application that writes into the source
SERVICE_USER = "flightspecials"
#: where DMS keeps what Oracle refused
EXCEPTIONS = "awsdms_apply_exceptions"

#: AWS DMS User Guide, "User account privileges required for using Oracle as a target", with what it
#: asks for besides: logging on, tables in the default tablespace, direct path loads, another
#: schema's change and control tables, and "Read privileges required for AWS DMS on the target
#: database"
DMS_ON_ORACLE = (
    "GRANT CREATE SESSION TO DMSUSER",
    "GRANT UNLIMITED TABLESPACE TO DMSUSER",
    "GRANT SELECT ANY TRANSACTION TO DMSUSER",
    "GRANT SELECT ON SYS.V_$NLS_PARAMETERS TO DMSUSER",
    "GRANT SELECT ON SYS.V_$TIMEZONE_NAMES TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_INDEXES TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_OBJECTS TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_TABLES TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_USERS TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_CATALOG TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_CONSTRAINTS TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_CONS_COLUMNS TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_TAB_COLS TO DMSUSER",
    "GRANT SELECT ON SYS.ALL_IND_COLUMNS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_USERS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_TAB_PRIVS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_OBJECTS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_SYNONYMS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_SEQUENCES TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_TYPES TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_INDEXES TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_TABLES TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_TRIGGERS TO DMSUSER",
    "GRANT SELECT ON SYS.DBA_REGISTRY TO DMSUSER",
    "GRANT SELECT ANY TABLE TO DMSUSER",
    "GRANT INSERT ANY TABLE TO DMSUSER",
    "GRANT UPDATE ANY TABLE TO DMSUSER",
    "GRANT DELETE ANY TABLE TO DMSUSER",
    "GRANT CREATE ANY TABLE TO DMSUSER",
    "GRANT ALTER ANY TABLE TO DMSUSER",
    "GRANT DROP ANY TABLE TO DMSUSER",
    "GRANT LOCK ANY TABLE TO DMSUSER",
    "GRANT CREATE ANY INDEX TO DMSUSER",
    "GRANT CREATE ANY VIEW TO DMSUSER",
    "GRANT DROP ANY VIEW TO DMSUSER",
    "GRANT CREATE ANY PROCEDURE TO DMSUSER",
    "GRANT ALTER ANY PROCEDURE TO DMSUSER",
    "GRANT DROP ANY PROCEDURE TO DMSUSER",
    "GRANT CREATE ANY SEQUENCE TO DMSUSER",
    "GRANT ALTER ANY SEQUENCE TO DMSUSER",
    "GRANT DROP ANY SEQUENCE TO DMSUSER",
)

#: schema and name, each as it stands in a statement
Table = tuple[str, str]


def suite_on_oracle(tables: Iterable[Table]) -> list[str]:
    """Reading the tables of a world, and what the dictionary says of them."""
    return [
        "GRANT CREATE SESSION TO VERIFIER",
        *(f"GRANT SELECT ON {schema}.{name} TO VERIFIER" for schema, name in tables),
        "GRANT SELECT ON SYS.DBA_TRIGGERS TO VERIFIER",
        "GRANT SELECT ON SYS.DBA_TABLES TO VERIFIER",
        "GRANT SELECT ON SYS.DBA_CONSTRAINTS TO VERIFIER",
        "GRANT SELECT ON SYS.DBA_CONS_COLUMNS TO VERIFIER",
    ]


def suite_sees_scns(tables: Iterable[Table]) -> list[str]:
    """Asking for the SCN of now and for the tables as they were at an earlier one."""
    return [
        "GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO VERIFIER",
        "GRANT SELECT ON SYS.V_$DATABASE TO VERIFIER",
        *(f"GRANT FLASHBACK ON {schema}.{name} TO VERIFIER" for schema, name in tables),
    ]


def suite_sweeps_oracle(tables: Iterable[Table]) -> list[str]:
    """Where a run may write (``mutations = true``): its rows that are left over are removed."""
    return [f"GRANT DELETE ON {schema}.{name} TO VERIFIER" for schema, name in tables]


def suite_on_control_tables(schemas: Iterable[str]) -> list[str]:
    """Once the task has been started for the first time, which makes the table in one of them."""
    return [f'GRANT SELECT ON {schema}."{EXCEPTIONS}" TO VERIFIER' for schema in schemas]


def suite_on_postgresql(tables: Collection[Table]) -> list[str]:
    """Reading the tables of a world."""
    return [
        "GRANT CONNECT ON DATABASE dso TO verifier",
        *(f"GRANT USAGE ON SCHEMA {schema} TO verifier" for schema in _schemas(tables)),
        *_on_tables("SELECT", tables, "verifier"),
        *(
            f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO verifier"
            for schema in _schemas(tables)
        ),
        "GRANT pg_read_all_settings, pg_read_all_stats TO verifier",
    ]


def suite_writes_postgresql(
    tables: Collection[Table], sequences: Collection[Table] = ()
) -> list[str]:
    """Where a run may write; ``sequences`` are those that give columns their defaults."""
    return [
        *_on_tables("INSERT, UPDATE, DELETE", tables, "verifier"),
        *(f"GRANT USAGE ON SEQUENCE {schema}.{name} TO verifier" for schema, name in sequences),
    ]


def service_on_postgresql(tables: Collection[Table]) -> list[str]:
    """What the lab's own application needs, which is no part of the page."""
    schemas = _schemas(tables)
    return [
        *(f"GRANT USAGE ON SCHEMA {schema} TO {SERVICE_USER}" for schema in schemas),
        *_on_tables("SELECT, INSERT, UPDATE, DELETE", tables, SERVICE_USER),
        *(
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {SERVICE_USER}"
            for schema in schemas
        ),
    ]


def _schemas(tables: Iterable[Table]) -> list[str]:
    return list(dict.fromkeys(schema for schema, _ in tables))


def _on_tables(privileges: str, tables: Collection[Table], user: str) -> list[str]:
    names = ", ".join(f"{schema}.{name}" for schema, name in tables)
    return [f"GRANT {privileges} ON {names} TO {user}"] if tables else []
