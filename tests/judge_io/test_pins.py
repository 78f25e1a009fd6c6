"""Whatever a role, a database or the environment is set to: the same is read, in every process of
the comparison.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from reconciliation.databases import sessions
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.databases.sessions import (
    IN_ORACLE,
    IN_POSTGRESQL,
    READING_IN_POSTGRESQL,
    pin_oracle,
)
from reconciliation.errors import EnvironmentFault, Lost
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

from .box import DATABASE, Box

#: what libpq and Oracle's clients take from the environment, each set to what would change or keep
#: from being read
HOSTILE = {
    "PGTZ": "Asia/Seoul",
    "PGDATESTYLE": "SQL, DMY",
    "PGOPTIONS": "-c extra_float_digits=0 -c bytea_output=escape",
    "PGCLIENTENCODING": "LATIN1",
    "PGGEQO": "off",
    "PGHOSTADDR": "127.0.0.99",
    "PGPORT": "1",
    "PGHOST": "nowhere",
    "PGDATABASE": "nothing",
    "PGUSER": "nobody",
    "PGAPPNAME": "somebody else",
    "PGTARGETSESSIONATTRS": "standby",
    "NLS_LANG": "KOREAN_KOREA.KO16MSWIN949",
    "ORA_SDTZ": "+09:00",
    "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_CALENDAR": "Thai Buddha",
}
OF_THE_ROLE = (
    "TimeZone = 'Asia/Seoul'",
    "DateStyle = 'German'",
    "IntervalStyle = 'iso_8601'",
    "extra_float_digits = 0",
    "bytea_output = 'escape'",
    "default_transaction_isolation = 'serializable'",
    "standard_conforming_strings = off",
    "statement_timeout = '1ms'",
)
LAST = "9999-12-31T23:59:59Z"


@pytest.fixture
def hostile(box: Box) -> Iterator[Box]:
    """A role whose defaults change every form, and a table; the environment does as well from here
    on.
    """
    role = f"odd{box.schema}"
    box.here(
        f"CREATE ROLE {role} SUPERUSER LOGIN",
        *(f"ALTER ROLE {role} SET {pin}" for pin in OF_THE_ROLE),
    )
    box.table(
        "t",
        "id int8 PRIMARY KEY, seen timestamptz, amount float8, data bytea, note text",
        "id NUMBER(19) PRIMARY KEY, seen TIMESTAMP WITH TIME ZONE, amount NUMBER, data RAW(10), "
        "note VARCHAR2(100)",
    )
    box.here(
        f"INSERT INTO {{s}}.t SELECT i, '{LAST}', 0.5, '\\x00ff', 'é' FROM generate_series(1, "
        f"40) AS i"
    )
    box.there(
        f"INSERT INTO t SELECT level, TIMESTAMP '{LAST[:10]} {LAST[11:19]} +00:00', 0.5, "
        f"HEXTORAW('00FF'), 'é' "
        "FROM dual CONNECT BY level <= 40"
    )
    box.contract("t", ["id", "seen", "amount", "data", "note"])
    for name, value in HOSTILE.items():
        box.monkeypatch.setenv(name, value)
    box.monkeypatch.setenv("BOX_USER", role)
    yield box
    box.monkeypatch.undo()
    box.here(f"DROP ROLE {role}")


def _source(box: Box, **options: Any) -> Engine:
    login = Credentials(
        "PostgreSQL", box.cluster.host, box.cluster.port, DATABASE, f"odd{box.schema}", "any"
    )
    return source_engine(login, **options)


def _target(box: Box) -> Engine:
    return target_engine(
        Credentials("Oracle", "127.0.0.1", box.server.port, SERVICE, USER, PASSWORD)
    )


def test_sessions_of_postgresql_are_as_pinned(hostile: Box) -> None:
    engine = _source(hostile)
    with engine.connect() as connection:
        for name, value in (IN_POSTGRESQL | READING_IN_POSTGRESQL).items():
            assert (
                connection.execute(
                    text("SELECT current_setting(:name)"), {"name": name}
                ).scalar_one()
                == value
            )
        connection.rollback()  # and what was set outlives it
        assert connection.execute(text("SHOW TimeZone")).scalar_one() == "UTC"
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "1min"
        row = connection.execute(
            text(f"SELECT timestamptz '{LAST}', 0.1::float4, '\\x00ff'::bytea")
        ).one()
    engine.dispose()
    assert row[0] == dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    assert (row[1], bytes(row[2])) == (0.1, b"\x00\xff")


def test_a_session_that_is_lost_while_it_is_set_can_be_had_again(
    hostile: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a server that shuts down."""
    ending = "SELECT pg_terminate_backend(pg_backend_pid())"
    monkeypatch.setattr(sessions, "_LOOK_FOR_CLIENT", ending)
    engine = _source(hostile)
    with pytest.raises(Lost, match=r"terminating connection|server closed"):
        engine.connect()
    engine.dispose()


def test_a_system_that_cannot_tell_whether_a_client_is_gone_is_not_asked_to(
    hostile: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "SELECT set_config('client_connection_check_interval', 'never', false)"
    monkeypatch.setattr(sessions, "_LOOK_FOR_CLIENT", refused)
    engine = _source(hostile)
    with engine.connect() as connection:
        asked = text("SHOW client_connection_check_interval")
        assert connection.execute(asked).scalar_one() == "0"
    engine.dispose()


def test_sessions_of_oracle_are_as_pinned(hostile: Box) -> None:
    engine = _target(hostile)
    with engine.connect() as connection:
        found = dict(
            connection.execute(text("SELECT parameter, value FROM nls_session_parameters")).all()
        )
        found["TIME_ZONE"] = connection.execute(
            text("SELECT sessiontimezone FROM dual")
        ).scalar_one()
    engine.dispose()
    assert {name: found.get(name) for name in IN_ORACLE} == IN_ORACLE


@pytest.mark.parametrize("compare", ["rows", "digests"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_table_is_equal_all_the_same(hostile: Box, compare: str, workers: str) -> None:
    outcome = hostile.run("--compare", compare, "--workers", workers, "--segment-rows", "10")
    assert outcome.status == 0, outcome.out + outcome.err
    assert outcome.table("t")["equal_rows"] == 40


def test_rows_that_a_policy_hides_are_an_error_and_not_missing(box: Box) -> None:
    box.table(
        "t",
        "id int8 PRIMARY KEY, note text",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)",
        [("1, 'a'", "1, 'a'")],
    )
    box.contract("t", ["id", "note"])
    box.here(
        "CREATE ROLE shortsighted LOGIN",
        "GRANT USAGE ON SCHEMA {s} TO shortsighted",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO shortsighted",
        "ALTER TABLE {s}.t ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY nothing ON {s}.t USING (false)",
    )
    box.monkeypatch.setenv("BOX_USER", "shortsighted")
    outcome = box.run()
    box.here("DROP OWNED BY shortsighted", "DROP ROLE shortsighted")
    assert outcome.status == 2, outcome.out + outcome.err
    assert "row level security of " in outcome.table("t")["reason"]


class _Deaf:
    """A session of Oracle that takes every setting and keeps one of its own."""

    def __init__(self, **kept: str) -> None:
        self.kept, self.said = kept, ""

    def cursor(self) -> _Deaf:
        return self

    def __enter__(self) -> _Deaf:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, sql: str) -> _Deaf:
        self.said += sql
        return self

    def fetchall(self) -> list[tuple[str, str]]:
        assert all(f"{name} = '{value}'" in self.said for name, value in IN_ORACLE.items())
        return list((IN_ORACLE | self.kept).items())


@pytest.mark.parametrize("name", IN_ORACLE)
def test_a_session_that_stays_otherwise_is_not_read(name: str) -> None:
    pin_oracle(_Deaf(), "Oracle h:1/x as u")
    with pytest.raises(
        EnvironmentFault,
        match=f"Oracle h:1/x as u: the session's {name} is 'odd' although it was set",
    ):
        pin_oracle(_Deaf(**{name: "odd"}), "Oracle h:1/x as u")


def test_the_connection_of_such_a_session_is_closed(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "reconciliation.databases.sessions.IN_POSTGRESQL", {"application_name": "another"}
    )
    monkeypatch.setattr("reconciliation.databases.sessions._check", _refuse)
    login = Credentials(
        "PostgreSQL", box.cluster.host, box.cluster.port, DATABASE, box.cluster.user, "any"
    )
    engine = source_engine(login)
    with pytest.raises(EnvironmentFault, match="otherwise"):
        engine.connect()
    box.here(
        "DO $$BEGIN FOR n IN 1..500 LOOP EXIT WHEN NOT EXISTS (SELECT FROM "
        "pg_stat_activity WHERE application_name = 'another'); PERFORM pg_sleep(0.02), "
        "pg_stat_clear_snapshot(); "
        "END LOOP; ASSERT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = "
        "'another'); END$$"
    )


def _refuse(*_: object) -> None:
    raise EnvironmentFault("otherwise")
