"""Checks of a PostgreSQL source. Each returns what is wrong, one line for each thing; nothing when
all is well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lab.dms.assessment.subject import Subject, Unassessable, is_lob

Lines = list[str]

SUPPORTED_VERSIONS = range(9, 19)
SMALLEST_TIMEOUT_MS = 10000
LONG_MINUTES = 10
#: pg_type names DMS has a type for (user guide, "Source data types for PostgreSQL"), arrays and
#: enums aside
KNOWN_TYPES = frozenset(
    {
        "int2",
        "int4",
        "int8",
        "numeric",
        "float4",
        "float8",
        "money",
        "bool",
        "bit",
        "varbit",
        "char",
        "bpchar",
        "varchar",
        "name",
        "text",
        "citext",
        "json",
        "jsonb",
        "hstore",
        "xml",
        "tsvector",
        "tsquery",
        "bytea",
        "uuid",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "inet",
        "cidr",
        "macaddr",
        "point",
        "line",
        "lseg",
        "box",
        "circle",
        "path",
        "polygon",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
    }
)


def dbversion(subject: Subject) -> Lines:
    number = int(subject.parameter("server_version_num"))
    return [] if number // 10000 in SUPPORTED_VERSIONS else [f"server_version_num is {number}"]


def ddl_event_trigger(subject: Subject) -> Lines:
    found = subject.source.query(
        "SELECT evtenabled::text FROM pg_catalog.pg_event_trigger WHERE evtname = "
        "'awsdms_intercept_ddl'"
    )
    return (
        ["event trigger awsdms_intercept_ddl is not ENABLE ALWAYS"]
        if found and found[0][0] != "A"
        else []
    )


def postgis_data_type(subject: Subject) -> Lines:
    return _columns_of(subject, lambda name: name in ("geometry", "geography"))


def similar_table_name(subject: Subject) -> Lines:
    names = Counter(
        (table.source.schema.lower(), table.source.name.lower()) for table in subject.tables
    )
    return [
        f"{schema}.{table}: {count} tables differ in case only"
        for (schema, table), count in names.items()
        if count > 1
    ]


def table_with_array(subject: Subject) -> Lines:
    return [
        f"{table.source.full_name} has an array and no primary key"
        for table in subject.tables
        if not subject.primary_key(table)
        and any(column.type_name.startswith("_") for column in table.source.columns)
    ]


def logical_decoding_work_mem(subject: Subject) -> Lines:
    value, default = subject.source.query(
        "SELECT setting, boot_val FROM pg_catalog.pg_settings WHERE name = "
        "'logical_decoding_work_mem'"
    )[0]
    return [f"logical_decoding_work_mem is {value} kB, its default"] if value == default else []


def longrunningtxn(subject: Subject) -> Lines:
    found = subject.source.query(
        "SELECT pid, coalesce(application_name, ''), date_trunc('second', now() - "
        "xact_start)::text "
        "FROM pg_catalog.pg_stat_activity WHERE pid <> pg_backend_pid() "
        f"AND xact_start < now() - interval '{LONG_MINUTES} minutes' ORDER BY xact_start"
    )
    return [
        f"pid {pid}{f' of {program}' if program else ''} has been in a transaction for {age}"
        for pid, program, age in found
    ]


def maxslot_wal_keep_size(subject: Subject) -> Lines:
    value = subject.parameter("max_slot_wal_keep_size")
    return (
        []
        if value == "-1"
        else [f"max_slot_wal_keep_size is {value} MB: a slot that falls behind more is lost"]
    )


def maxwalsenders(subject: Subject) -> Lines:
    value = int(subject.parameter("max_wal_senders"))
    return [] if value > 1 else [f"max_wal_senders is {value}; it must be more than 1"]


def pglogical(subject: Subject) -> Lines:
    libraries = subject.parameter("shared_preload_libraries")
    return (
        []
        if "pglogical" in libraries
        else [f"shared_preload_libraries is '{libraries}', without pglogical"]
    )


def pk_lob(subject: Subject) -> Lines:
    return [
        f"{table.source.full_name}.{column.name} is in the primary key and a LOB for DMS"
        for table in subject.tables
        for column in table.source.columns
        if column.name in subject.primary_key(table) and is_lob(column)
    ]


def pk(subject: Subject) -> Lines:
    return [
        f"{table.source.full_name} has no primary key"
        for table in subject.tables
        if not subject.primary_key(table)
    ]


def preparedtxn(subject: Subject) -> Lines:
    return [
        f"prepared transaction {gid}"
        for (gid,) in subject.source.query("SELECT gid FROM pg_catalog.pg_prepared_xacts")
    ]


def walsenderstimeout(subject: Subject) -> Lines:
    value = int(subject.parameter("wal_sender_timeout"))
    if value == 0 or value >= SMALLEST_TIMEOUT_MS:
        return []
    return [f"wal_sender_timeout is {value} ms; it must be 0 or at least {SMALLEST_TIMEOUT_MS} ms"]


def wallevel(subject: Subject) -> Lines:
    value = subject.parameter("wal_level")
    return [] if value == "logical" else [f"wal_level is {value}, not logical"]


def replication_slots_count(subject: Subject) -> Lines:
    limit = int(subject.parameter("max_replication_slots"))
    ((used,),) = subject.source.query("SELECT count(*) FROM pg_catalog.pg_replication_slots")
    return [] if used < limit else [f"all {limit} replication slots are in use"]


def select_object_privileges(subject: Subject) -> Lines:
    refused = []
    for table in subject.tables:
        ((may,),) = subject.source.query(
            "SELECT has_table_privilege(format('%%I.%%I', %s, %s), 'SELECT')",
            (table.source.schema, table.source.name),
        )
        if not may:
            refused.append(f"{subject.spec.source.user} may not read {table.source.full_name}")
    return refused


def limited_lob_size(subject: Subject) -> Lines:
    """LobMaxSize against the longest values: NCLOB counts two bytes a character (user guide,
    PostgreSQL source).
    """
    limit = subject.spec.settings.lob_max_kb
    if limit is None:
        raise Unassessable("the task is in full LOB mode")
    lines = []
    for table, _, column in subject.lob_columns:
        longest = _longest(subject, table.source.schema, table.source.name, column.name)
        if longest > limit * 1024:
            lines.append(
                f"{table.source.full_name}.{column.name}: {longest} bytes are longer than "
                f"LobMaxSize, {limit} KB"
            )
    return lines


def unsupported_data_types(subject: Subject) -> Lines:
    return _columns_of(
        subject,
        lambda name: name not in KNOWN_TYPES and not name.startswith("_"),
        but_kinds=("e", "c", "r", "m"),
    )


def no_key(subject: Subject) -> Lines:
    return [
        f"{table.source.full_name} has neither a primary key nor a unique constraint"
        for table in subject.tables
        if not subject.unique_keys(table)
    ]


def lob_without_key(subject: Subject) -> Lines:
    return [
        f"{table.source.full_name}.{column.name} is a LOB for DMS in a table without a key"
        for table, _, column in subject.lob_columns
        if not subject.unique_keys(table)
    ]


def _longest(subject: Subject, schema: str, table: str, column: str) -> int:
    ((statement,),) = subject.source.query(
        "SELECT format('SELECT coalesce(max(CASE WHEN pg_typeof(%%1$I)::text = ''bytea'' THEN "
        "octet_length(%%1$I::text)"
        " / 2 ELSE 2 * length(%%1$I::text) END), 0) FROM %%2$I.%%3$I', %s, %s, %s)",
        (column, schema, table),
    )
    return int(subject.source.query(statement)[0][0])


def _columns_of(
    subject: Subject, wanted: Callable[[str], bool], but_kinds: tuple[str, ...] = ()
) -> Lines:
    return [
        f"{table.source.full_name}.{column.name} is of the type {column.type_name}"
        for table in subject.tables
        for column in table.source.columns
        if column.kind not in but_kinds and wanted(column.type_name)
    ]
