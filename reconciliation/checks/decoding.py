"""Logical decoding: is PostgreSQL able to give every change away?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import text

from reconciliation.checks.rds import parameters
from reconciliation.checks.registry import check
from reconciliation.databases.sight import postgresql, together
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun

#: below this (but not 0) the sender gives up on a busy replication task (AWS DMS user guide,
#: PostgreSQL as a source)
SHORTEST_SENDER_TIMEOUT_MS = 10_000


@check(subject="the logical decoding", kinds=("logical_decoding",))
def check_logical_decoding(run: ParallelRun) -> tuple[Finding, ...]:
    """rds.logical_replication is on, wal_level is logical, and the sender does not give up too
    early.
    """
    return together(lambda: _decoding_settings(run), lambda: _decoding_parameter(run))


def _decoding_settings(run: ParallelRun) -> Iterator[Finding]:
    settings = _settings(run, "wal_level", "wal_sender_timeout")
    if settings["wal_level"] != "logical":
        yield Finding(
            "logical_decoding",
            f"wal_level is {settings['wal_level']!r}, agreed is 'logical'; set "
            "rds.logical_replication = 1 and reboot",
        )
    timeout = int(settings["wal_sender_timeout"])
    if 0 < timeout < SHORTEST_SENDER_TIMEOUT_MS:
        yield Finding(
            "logical_decoding",
            f"wal_sender_timeout is {timeout} ms; it must be 0 or at least "
            f"{SHORTEST_SENDER_TIMEOUT_MS} ms, or the task loses its connection",
        )


def _decoding_parameter(run: ParallelRun) -> Iterator[Finding]:
    parameter = parameters(run).get("rds.logical_replication")
    if parameter not in ("1", "on", "true"):
        shown = "not set" if parameter is None else repr(parameter)
        yield Finding(
            "logical_decoding",
            f"rds.logical_replication is {shown} in the parameter group, agreed is 1; "
            "set it and reboot",
        )


@check(subject="the pglogical extension", kinds=("pglogical",))
def check_pglogical(run: ParallelRun) -> tuple[Finding, ...]:
    """pglogical is preloaded (by the server and by the parameter group), created, and permitted as
    output plug-in.
    """
    name = "shared_preload_libraries"
    return together(
        lambda: _preloaded(f"the server's {name}", _settings(run, name)[name]),
        lambda: _preloaded(f"{name} of the parameter group", parameters(run).get(name)),
        lambda: _created(run),
        lambda: _permitted(run),
    )


def _preloaded(where: str, value: str | None) -> Iterator[Finding]:
    if "pglogical" not in [item.strip() for item in (value or "").split(",")]:
        yield Finding(
            "pglogical",
            f"{where} is {value or 'empty'!r}, agreed is that it holds pglogical; add it and "
            "reboot",
        )


def _created(run: ParallelRun) -> Iterator[Finding]:
    with run.source.connect() as connection:
        there = connection.execute(
            text("SELECT extversion FROM pg_extension WHERE extname = 'pglogical'")
        ).scalar()
    if there is None:
        database = run.source_credentials.database
        yield Finding(
            "pglogical",
            f"extension pglogical is not created in database {database}; run CREATE EXTENSION "
            "pglogical there",
        )


def _permitted(run: ParallelRun) -> Iterator[Finding]:
    permitted, plugin = _permitted_plugins(run), run.profile.agreed.slot_plugin
    if permitted is not None and plugin not in [item.strip(' "') for item in permitted.split(",")]:
        yield Finding(
            "pglogical",
            f"output_plugin_libraries is {permitted!r}, agreed is that it holds {plugin}; add "
            "it and reload, or no replication slot can be created",
        )


@check(subject="the spare capacity", kinds=("capacity_to_spare",))
def check_capacity_to_spare(run: ParallelRun) -> tuple[Finding, ...]:
    """At least one replication slot and one WAL sender are free: a restarted task needs a new one
    at once.
    """
    statement = """SELECT current_setting('max_replication_slots')::int,
                          (SELECT count(*) FROM pg_replication_slots),
                          current_setting('max_wal_senders')::int,
                          (SELECT count(*) FROM pg_stat_replication)"""
    with run.source.connect() as connection:
        slots, slots_used, senders, senders_used = connection.execute(text(statement)).one()
    found = []
    for name, what, most, used in (
        ("max_replication_slots", "replication slots", slots, slots_used),
        ("max_wal_senders", "WAL senders", senders, senders_used),
    ):
        if used >= most:
            found.append(
                Finding(
                    "capacity_to_spare",
                    f"all {most} {what} are in use ({name} = {most}); raise {name} "
                    "or remove unused ones",
                )
            )
    return tuple(found)


def _settings(run: ParallelRun, *names: str) -> Mapping[str, str]:
    with run.source.connect() as connection:
        return postgresql.settings(connection, *names)


def _permitted_plugins(run: ParallelRun) -> str | None:
    """The list that newer minor versions (15.20, 17.11) have; None on others, where every plug-in
    may be used.
    """
    with run.source.connect() as connection:
        return postgresql.setting_if_any(connection, "output_plugin_libraries")
