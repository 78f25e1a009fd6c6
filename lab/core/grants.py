"""Who may do what in the lab's databases: the statements of docs/grants.md, which its
administrators execute.

A test holds both against each other, so that a live environment is given what the lab was tried
with. Passwords are no part of it: the users are there already.
"""

from __future__ import annotations

#: the user of both DMS endpoints
REPLICATION_USER = "dmsuser"
#: the suite's own user on both sides
SUITE_USER = "verifier"
#: whose the legacy tables are
OWNER = "travelbuddy"

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

SUITE_ON_ORACLE = (
    "GRANT CREATE SESSION TO VERIFIER",
    "GRANT SELECT ON TRAVELBUDDY.FLIGHTSPECIAL TO VERIFIER",
    "GRANT SELECT ON TRAVELBUDDY.HOTELSPECIAL TO VERIFIER",
    "GRANT SELECT ON SYS.DBA_TRIGGERS TO VERIFIER",
    "GRANT SELECT ON SYS.DBA_TABLES TO VERIFIER",
    "GRANT SELECT ON SYS.DBA_CONSTRAINTS TO VERIFIER",
    "GRANT SELECT ON SYS.DBA_CONS_COLUMNS TO VERIFIER",
)
#: once the task has been started for the first time, which makes the table
SUITE_ON_CONTROL_TABLES = ('GRANT SELECT ON TRAVELBUDDY."awsdms_apply_exceptions" TO VERIFIER',)
#: where a run may write (``mutations = true``): its rows that are left over are removed
SUITE_SWEEPS_ORACLE = (
    "GRANT DELETE ON TRAVELBUDDY.FLIGHTSPECIAL TO VERIFIER",
    "GRANT DELETE ON TRAVELBUDDY.HOTELSPECIAL TO VERIFIER",
)

SUITE_ON_POSTGRESQL = (
    "GRANT CONNECT ON DATABASE dso TO verifier",
    "GRANT USAGE ON SCHEMA travelbuddy TO verifier",
    "GRANT SELECT ON travelbuddy.flightspecial, travelbuddy.hotelspecial TO verifier",
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA travelbuddy TO verifier",
    "GRANT pg_read_all_settings, pg_read_all_stats TO verifier",
)
#: where a run may write
SUITE_WRITES_POSTGRESQL = (
    (
        "GRANT INSERT, UPDATE, DELETE ON travelbuddy.flightspecial, travelbuddy.hotelspecial TO "
        "verifier"
    ),
)
