"""AS OF SCN: a table as it was, whatever has happened to it since, and the numbers that cannot be
read.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import oracledb
import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, ended, start_server
from tests.oracle.scns import PASSWORD, refused, run, scn
from tests.waiting import LONG_SECONDS

Rows = dict[int, str | None]


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        run(connection, "create table pa_t (id number(9) primary key, v varchar2(20))")
        run(
            connection, "insert into pa_t select level, 'x' || level from dual connect by level < 6"
        )
        connection.commit()
        yield connection
        connection.rollback()
        run(connection, "drop table pa_t")


def at(connection: oracledb.Connection, number: int, where: str = "") -> Rows:
    return dict(run(connection, f"select id, v from pa_t as of scn :1 {where}", number))


def test_what_was_changed_removed_and_added_since(connection: oracledb.Connection) -> None:
    before = scn(connection)
    run(connection, "update pa_t set v = 'y' where id = 2")
    run(connection, "delete from pa_t where id = 3")
    run(connection, "insert into pa_t values (6, 'new')")
    connection.commit()
    between = scn(connection)
    run(connection, "update pa_t set v = 'z' where id = 2")
    run(connection, "update pa_t set v = 'zz', id = 7 where id = 2")
    run(connection, "insert into pa_t values (3, 'again')")
    connection.commit()
    assert at(connection, before) == {1: "x1", 2: "x2", 3: "x3", 4: "x4", 5: "x5"}
    assert at(connection, between) == {1: "x1", 2: "y", 4: "x4", 5: "x5", 6: "new"}
    assert at(connection, scn(connection)) == dict(run(connection, "select id, v from pa_t"))
    assert at(connection, before, "where id in (2, 6, 7)") == {2: "x2"}


def test_in_joins_and_set_operations(connection: oracledb.Connection) -> None:
    before = scn(connection)
    run(connection, "update pa_t set v = 'y' where id = 2")
    run(connection, "insert into pa_t values (6, 'new')")
    connection.commit()
    assert run(
        connection,
        "select n.id, o.v, n.v from pa_t n left join pa_t as of scn :1 o on o.id = n.id "
        "where o.v is null or o.v <> n.v order by n.id",
        before,
    ) == [(2, "x2", "y"), (6, None, "new")]
    assert run(
        connection, "select * from pa_t minus select * from pa_t as of scn :1 order by 1", before
    ) == [(2, "y"), (6, "new")]
    assert run(
        connection, "select count(*) from (select * from pa_t as of scn :1) where id > 1", before
    ) == [(4,)]
    run(connection, "insert into pa_t select id + 10, v from pa_t as of scn :1", before)
    assert run(connection, "select v from pa_t where id = 12") == [("x2",)]


def test_columns_are_described_like_those_of_today(connection: oracledb.Connection) -> None:
    run(
        connection,
        "create table pa_w (a number(5,2) not null, b varchar2(7 char), c char(3), d date, "
        "e timestamp(3), f raw(4), g clob, h nvarchar2(5), i binary_double)",
    )
    run(
        connection,
        "insert into pa_w values (1.5, 'b', 'c', sysdate, systimestamp, 'AA', 'g', 'h', 2)",
    )
    connection.commit()
    number = scn(connection)
    with connection.cursor() as cursor:
        for columns in ("*", "w.*", "w.a, b k, w.d", "count(*), max(a)"):
            cursor.execute(f"select {columns} from pa_w w")
            today = cursor.description
            cursor.execute(f"select {columns} from pa_w as of scn {number} w")
            assert cursor.description == today
    run(connection, "drop table pa_w")


def test_changes_not_committed_are_left_out(
    connection: oracledb.Connection, oracle_server: WireServer
) -> None:
    with oracle_server.connect() as other:
        run(other, "update pa_t set v = 'theirs' where id = 1")
        run(connection, "update pa_t set v = 'own' where id = 2")
        run(connection, "update pa_t set v = 'own again' where id = 2")
        run(connection, "delete from pa_t where id = 3")
        run(connection, "insert into pa_t values (6, 'own')")
        now = scn(connection)
        assert at(connection, now) == {1: "x1", 2: "x2", 3: "x3", 4: "x4", 5: "x5"}
        other.rollback()


def test_every_state_of_a_random_history(connection: oracledb.Connection) -> None:
    """Transactions of several changes, some undone in part or wholly, against what they left."""
    chance = random.Random(7)
    rows: Rows = dict(run(connection, "select id, v from pa_t"))
    remembered = {scn(connection): dict(rows)}
    for step in range(60):
        kept = dict(rows)
        for _ in range(chance.randint(1, 4)):
            before_change = dict(rows)
            undone = chance.random() < 0.25
            if undone:
                run(connection, "savepoint here")
            _change(connection, rows, chance, step)
            if undone:
                run(connection, "rollback to savepoint here")
                rows = before_change
        if chance.random() < 0.2:
            connection.rollback()
            rows = kept
        else:
            connection.commit()
        remembered[scn(connection)] = dict(rows)
    for number, state in remembered.items():
        assert at(connection, number) == state


def _change(connection: oracledb.Connection, rows: Rows, chance: random.Random, step: int) -> None:
    key, value = chance.randint(1, 12), f"v{step}-{chance.randint(0, 99)}"
    kind = chance.choice(["update", "update", "delete", "insert", "merge"])
    if kind == "update":
        run(connection, "update pa_t set v = :1 where id = :2", value, key)
        rows |= {key: value} if key in rows else {}
    elif kind == "delete":
        run(connection, "delete from pa_t where id = :1", key)
        rows.pop(key, None)
    elif kind == "insert" and key not in rows:
        run(connection, "insert into pa_t values (:1, :2)", key, value)
        rows[key] = value
    elif kind == "merge":
        run(
            connection,
            "merge into pa_t using (select :1 k, :2 w from dual) s on (id = s.k) when matched then "
            "update set v = s.w when not matched then insert (id, v) values (s.k, s.w)",
            key,
            value,
        )
        rows[key] = value


def test_a_past_state_is_that_of_one_moment(
    connection: oracledb.Connection, oracle_server: WireServer
) -> None:
    """Transfers go on while it is read: their sum is the same, and so is a second look."""
    stop = threading.Event()
    failures: list[Exception] = []
    run(connection, "create table pa_a (id number primary key, n number)")
    run(connection, "insert into pa_a select level, 100 from dual connect by level <= 6")
    connection.commit()

    def transfer(seed: int) -> None:
        chance = random.Random(seed)
        try:
            with oracle_server.connect() as writer:
                while not stop.is_set():
                    low, high = sorted(chance.sample(range(1, 7), 2))
                    for key, amount in ((low, 1), (high, -1)):
                        run(writer, "update pa_a set n = n + :1 where id = :2", amount, key)
                    writer.commit()
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=transfer, args=(seed,)) for seed in range(3)]
    for writer in writers:
        writer.start()
    try:
        looked: dict[int, object] = {}
        query = "select id, n from pa_a as of scn :1 order by id"
        for _ in range(60):
            number = scn(connection)
            looked[number] = run(connection, query, number)
            assert sum(n for _, n in run(connection, query, number)) == 600
        assert len({str(state) for state in looked.values()}) > 1
        for number, state in looked.items():
            assert run(connection, query, number) == state
    finally:
        stop.set()
        for writer in writers:
            writer.join()
        run(connection, "drop table pa_a")
    assert not failures


def test_triggers_that_are_switched_off_do_not_stop_it(connection: oracledb.Connection) -> None:
    for how in ("disable", "enable"):
        run(connection, f"alter table pa_t {how} all triggers")
        before, state = scn(connection), dict(run(connection, "select id, v from pa_t"))
        run(connection, "update pa_t set v = v || '!'")
        connection.commit()
        assert at(connection, before) == state


def test_a_lob_written_by_its_locator(connection: oracledb.Connection) -> None:
    run(connection, "create table pa_l (id number primary key, c clob)")
    run(connection, "insert into pa_l values (1, 'before')")
    connection.commit()
    before = scn(connection)
    [(lob,)] = run(connection, "select c from pa_l for update")
    lob.write("AFTER")
    connection.commit()
    [(past,)] = run(connection, "select to_char(c) from pa_l as of scn :1", before)
    assert (past, run(connection, "select to_char(c) from pa_l")) == ("before", [("AFTERe",)])
    run(connection, "drop table pa_l")


# -- what cannot be read


@pytest.mark.parametrize(
    ("code", "number"), [(1555, "1"), (8181, "-1"), (8181, "null"), (8181, "{now} + 10000000000")]
)
def test_numbers_that_are_none(connection: oracledb.Connection, code: int, number: str) -> None:
    now = scn(connection)
    refused(connection, code, f"select * from pa_t as of scn {number.format(now=now)}")


@pytest.mark.parametrize(
    "change",
    [
        "alter table pa_t add (w number)",
        "alter table pa_t drop column v",
        "alter table pa_t rename column v to w",
        "truncate table pa_t",
    ],
)
def test_a_table_that_was_changed_since(connection: oracledb.Connection, change: str) -> None:
    before = scn(connection)
    run(connection, change)
    refused(connection, 1466, "select * from pa_t as of scn :1", before)
    after = scn(connection)
    run(connection, "delete from pa_t")
    run(connection, "insert into pa_t (id) values (99)")
    connection.commit()
    assert (99,) not in run(connection, "select id from pa_t as of scn :1", after)


@pytest.mark.parametrize(
    "change",
    [
        "alter table pa_t add constraint pa_c check (id > 0)",
        "create index pa_i on pa_t (v)",
        "comment on table pa_t is 'x'",
        "grant select on pa_t to dmsuser",
    ],
)
def test_a_table_that_has_kept_its_columns(connection: oracledb.Connection, change: str) -> None:
    before = scn(connection)
    run(connection, "delete from pa_t where id = 1")
    connection.commit()
    run(connection, change)
    assert at(connection, before, "where id = 1") == {1: "x1"}


def test_a_table_made_since(connection: oracledb.Connection) -> None:
    before = scn(connection)
    run(connection, "create table pa_n as select * from pa_t")
    refused(connection, 1466, "select * from pa_n as of scn :1", before)
    assert run(connection, "select count(*) from pa_n as of scn :1", scn(connection)) == [(5,)]
    run(connection, "drop table pa_n")


def test_rows_of_the_past_are_not_locked(connection: oracledb.Connection) -> None:
    refused(connection, 8187, "select * from pa_t as of scn :1 for update", scn(connection))


def test_it_takes_the_privilege_to_look_back(
    connection: oracledb.Connection, oracle_server: WireServer
) -> None:
    run(connection, f"create user pa_user identified by {PASSWORD}")
    run(connection, "grant create session to pa_user")
    [(owner,)] = run(connection, "select user from dual")
    look = f"select count(*) from {owner}.pa_t as of scn {scn(connection)}"
    with oracle_server.connect(user="PA_USER", password=PASSWORD) as stranger:
        refused(stranger, 942, look)
        run(connection, "grant select on pa_t to pa_user")
        refused(stranger, 1031, look)
        for privilege in ("flashback on pa_t", "flashback any table"):
            run(connection, f"grant {privilege} to pa_user")
            assert run(stranger, look) == [(5,)]
            run(connection, f"revoke {privilege} from pa_user")
        refused(stranger, 1031, look)
        # one without the other
        run(connection, "revoke select on pa_t from pa_user")
        run(connection, "grant flashback on pa_t to pa_user")
        refused(stranger, 1031, look)
        ended(stranger)
    run(connection, "drop user pa_user cascade")


# -- what is kept, and for how long


@pytest.fixture(scope="module")
def store() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        yield cluster


@pytest.fixture(scope="module")
def server(store: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    server = start_server(tmp_path_factory.mktemp("past"), store)
    yield server
    server.process.terminate()
    server.process.wait(LONG_SECONDS)


def _kept(store: Cluster) -> int:
    connection = store.connect(STORE_DATABASE)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ora.past_name(relation) FROM ora.pasts")
            [(name,)] = cursor.fetchall()
            cursor.execute(f'SELECT count(*) FROM ora_past."{name}"')
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def test_what_is_older_than_is_kept_is_forgotten(store: Cluster, server: WireServer) -> None:
    with server.connect() as connection:
        run(connection, "create table pa_t (id number primary key, v varchar2(20))")
        run(connection, "insert into pa_t values (1, 'a')")
        connection.commit()
        old = scn(connection)
        run(connection, "update pa_t set v = 'b'")
        connection.commit()
        # as if the first state were from two hours ago
        store.execute("SELECT ora.prune_pasts(interval '0')", STORE_DATABASE)
        young = scn(connection)
        run(connection, "update pa_t set v = 'c'")
        connection.commit()
        refused(connection, 1555, "select * from pa_t as of scn :1", old)
        assert at(connection, young) == {1: "b"}
        assert _kept(store) == 1
        assert run(connection, "select value from v$parameter where name = 'undo_retention'") == [
            ("5400",)
        ]
        run(connection, "drop table pa_t purge")


def test_sessions_that_end_clear_away(store: Cluster, server: WireServer) -> None:
    with server.connect() as connection:
        run(connection, "create table pa_t (id number primary key, v varchar2(20))")
        run(connection, "insert into pa_t values (1, 'a')")
        connection.commit()
        run(connection, "update pa_t set v = 'b'")
        connection.commit()
        assert _kept(store) == 1
        ended(server.connect())
        assert _kept(store) == 1
        for statement in (
            "CREATE OR REPLACE FUNCTION ora.undo_retention() RETURNS int LANGUAGE sql IMMUTABLE "
            "AS 'SELECT 0'",
            "UPDATE ora.forgotten SET pruned = pruned - interval '1 hour'",
        ):
            store.execute(statement, STORE_DATABASE)
        ended(server.connect())
        assert _kept(store) == 0
        run(connection, "drop table pa_t purge")


def test_nothing_is_left_of_a_table_that_was_dropped(store: Cluster, server: WireServer) -> None:
    with server.connect() as connection:
        run(connection, "create table pa_t (id number primary key)")
        run(connection, "drop table pa_t")
    connection = store.connect(STORE_DATABASE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT oid FROM pg_class WHERE relnamespace = $$ora_past$$"
                "::regnamespace UNION ALL SELECT oid FROM pg_proc WHERE pronamespace = "
                "$$ora_past$$::regnamespace) x"
            )
            assert cursor.fetchone() == (0,)
    finally:
        connection.close()
