"""Breaks: call timeouts and cancels end the statement, not the session."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import oracledb
import pytest

from tests.oracle.conftest import WireServer
from tests.oracle.fake_engine import PASSWORD, USER
from tests.waiting import comes_true

#: far longer than a break takes on any machine: whoever is back before was broken off
SLEEP_SECONDS = 100
SLEEPS = f"select sleep {SLEEP_SECONDS} from t"
#: the driver waits as long for the answer to its break as it has waited for the call: a machine
#: that stops for longer than that loses the session
CALL_TIMEOUT_MS = 3000


def test_a_call_timeout_leaves_the_session_usable(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    for _ in range(3):
        connection.call_timeout = CALL_TIMEOUT_MS
        started = time.monotonic()
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            cursor.execute(SLEEPS).fetchall()
        assert time.monotonic() - started < SLEEP_SECONDS
        connection.call_timeout = 0
        assert cursor.execute("select five 3 from t").fetchall()[2][1] == "name 2"


def test_a_cancel_from_another_thread_is_ora_01013(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    threading.Timer(0.3, connection.cancel).start()
    started = time.monotonic()
    with pytest.raises(
        oracledb.DatabaseError, match="ORA-01013: user requested cancel of current operation"
    ):
        cursor.execute(SLEEPS).fetchall()
    assert time.monotonic() - started < SLEEP_SECONDS
    assert cursor.execute("select five 3 from t").fetchall()[2][1] == "name 2"


def test_a_cancel_of_nothing_hits_the_next_call_only(connection: oracledb.Connection) -> None:
    connection.cancel()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        connection.ping()
    connection.ping()
    assert connection.cursor().execute("select five 1 from t").fetchone()[0] == 0


def test_asyncio_clients_break_too(wire_server: WireServer) -> None:
    async def run() -> object:
        async with oracledb.connect_async(
            user=USER, password=PASSWORD, dsn=wire_server.dsn
        ) as connection:
            connection.call_timeout = CALL_TIMEOUT_MS
            with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                await connection.fetchall(SLEEPS)
            connection.call_timeout = 0
            return await connection.fetchone("select five 1 from t")

    assert asyncio.run(run())[1] == "name 0"


def test_a_client_that_cannot_read_an_answer_resets_the_session(
    connection: oracledb.Connection,
) -> None:
    """A fault in the client's own reading makes it send break and reset on its own."""

    def refuse(cursor: oracledb.Cursor, metadata: oracledb.FetchInfo) -> None:
        raise RuntimeError("planted fault")

    cursor = connection.cursor()
    cursor.outputtypehandler = refuse
    with pytest.raises(RuntimeError, match="planted fault"):
        cursor.execute("select five 3 from t")
    assert connection.cursor().execute("select five 3 from t").fetchall()[2][1] == "name 2"


def test_a_client_that_disappears_ends_its_statement(wire_server: WireServer) -> None:
    """The client is a process of its own, killed while its statement runs."""
    script = (
        "import oracledb, sys; c = oracledb.connect(user=sys.argv[1], password=sys.argv[2], "
        "dsn=sys.argv[3]);"
        "print(c.session_id, flush=True); c.cursor().execute(sys.argv[4]).fetchall()"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", script, USER, PASSWORD, wire_server.dsn, SLEEPS],
        stdout=subprocess.PIPE,
        text=True,
    )
    with client:
        child = int(client.stdout.readline())
        time.sleep(0.3)
        os.kill(child, 0)
        client.kill()
    assert comes_true(lambda: not Path(f"/proc/{child}").exists(), SLEEP_SECONDS / 2)
