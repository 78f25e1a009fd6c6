"""SCNs: what ORA_ROWSCN tells of a row, in the order of the commits, and who may ask for the number
of now.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, ended, start_server
from tests.oracle.scns import BY_VIEW, NOW, PASSWORD, refused, run, scn


@pytest.fixture
def connection(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        run(connection, "create table sc_t (id number primary key, v varchar2(50))")
        run(connection, "create table sc_r (id number primary key, v varchar2(50)) rowdependencies")
        for table in ("sc_t", "sc_r"):
            run(
                connection, f"insert into {table} select level, 'x' from dual connect by level <= 5"
            )
        connection.commit()
        yield connection
        connection.rollback()
        for table in ("sc_t", "sc_r"):
            run(connection, f"drop table {table}")


@pytest.fixture
def other(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        yield connection
        connection.rollback()


def since(connection: oracledb.Connection, table: str, number: int) -> set[int]:
    """The keys of the rows that came or changed since an SCN."""
    return {
        key for (key,) in run(connection, f"select id from {table} where ora_rowscn > :1", number)
    }


# -- the order of the commits


@pytest.mark.parametrize("statement", [NOW, BY_VIEW])
def test_what_commits_after_an_scn_is_above_it_and_what_did_before_is_not(
    connection: oracledb.Connection, other: oracledb.Connection, statement: str
) -> None:
    before = scn(connection, statement)
    assert since(connection, "sc_r", before) == set()
    run(other, "update sc_r set v = 'y' where id = 2")
    run(other, "insert into sc_r values (6, 'new')")
    other.commit()
    after = scn(connection, statement)
    assert after > before
    assert since(connection, "sc_r", before) == {2, 6}
    assert since(connection, "sc_r", after) == set()


def test_the_transaction_that_began_first_and_commits_last_is_the_later_one(
    connection: oracledb.Connection, other: oracledb.Connection, oracle_server: WireServer
) -> None:
    run(other, "update sc_r set v = 'first' where id = 1")  # has the lower number of the two
    with oracle_server.connect() as second:
        run(second, "update sc_r set v = 'second' where id = 2")
        second.commit()
    between = scn(connection)
    assert since(connection, "sc_r", between) == set()
    other.commit()
    assert since(connection, "sc_r", between) == {1}
    [(first,), (second_,)] = run(
        connection, "select ora_rowscn from sc_r where id in (1, 2) order by id"
    )
    assert first > between > second_


def test_savepoints_and_steps_of_one_transaction_have_its_commits_scn(
    connection: oracledb.Connection, other: oracledb.Connection
) -> None:
    run(other, "update sc_r set v = 'a' where id = 1")
    run(other, "savepoint s")
    run(other, "update sc_r set v = 'b' where id = 2")
    refused(other, 1, "insert into sc_r values (3, 'twice')")
    run(other, "update sc_r set v = 'c' where id = 3")
    between = scn(connection)
    other.commit()
    assert since(connection, "sc_r", between) == {1, 2, 3}
    assert len(run(connection, "select distinct ora_rowscn from sc_r where id < 4")) == 1


def test_no_commit_slips_past_a_reader(
    connection: oracledb.Connection, oracle_server: WireServer
) -> None:
    """Writers commit as fast as they can while SCNs are read: each row is on the right side of
    each.
    """
    stop = threading.Event()
    failures: list[Exception] = []
    run(connection, "create table sc_w (id number primary key, v number) rowdependencies")
    run(connection, "insert into sc_w select level, 0 from dual connect by level <= 4")
    connection.commit()

    def write(key: int) -> None:
        try:
            with oracle_server.connect() as writer:
                while not stop.is_set():
                    run(writer, "update sc_w set v = v + 1 where id = :1", key)
                    if key % 2:  # a transaction of several steps
                        run(writer, "update sc_w set v = v + 1 where id = :1", key)
                    writer.commit()
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(key,)) for key in range(1, 5)]
    for writer in writers:
        writer.start()
    try:
        past: dict[int, tuple[int, int]] = {}
        for _ in range(300):
            number = scn(connection)
            rows = {
                key: (value, at)
                for key, value, at in run(connection, "select id, v, ora_rowscn from sc_w")
            }
            for key, (value, at) in rows.items():
                assert at is not None
                if key in past and value != past[key][0]:
                    assert at > past[key][1], "a commit after an SCN has a lower one"
            # what is seen now at or below the number was committed before it was read
            past = {key: (value, number) for key, (value, at) in rows.items() if at <= number}
    finally:
        stop.set()
        for writer in writers:
            writer.join()
        run(connection, "drop table sc_w")
    assert not failures


# -- blocks


def test_rows_that_share_a_block_share_the_scn_of_its_last_commit(
    connection: oracledb.Connection,
) -> None:
    before = scn(connection)
    run(connection, "update sc_t set v = 'y' where id = 3")
    connection.commit()
    assert since(connection, "sc_t", before) == {1, 2, 3, 4, 5}
    [(highest,)] = run(connection, "select max(ora_rowscn) from sc_t")
    assert highest > before
    assert run(connection, "select distinct ora_rowscn from sc_t") == [(highest,)]
    # the same by a key, under a lock, and in a statement that changes
    assert run(connection, "select ora_rowscn from sc_t where id = 1") == [(highest,)]
    assert run(connection, "select ora_rowscn from sc_t where id = 1 for update") == [(highest,)]
    with connection.cursor() as cursor:
        cursor.execute("update sc_t set v = 'z' where id = 1 and ora_rowscn = :1", [highest])
        assert cursor.rowcount == 1


def test_rows_of_other_blocks_are_left_out(connection: oracledb.Connection) -> None:
    run(
        connection,
        "insert into sc_t select level + 5, rpad('x', 50) from dual connect by level <= 995",
    )
    connection.commit()
    before = scn(connection)
    run(connection, "update sc_t set v = rpad('y', 50) where id = 500")
    connection.commit()
    found = since(connection, "sc_t", before)
    assert 500 in found
    assert 0 < len(found) < 500
    by_key = {
        key
        for (key,) in run(
            connection,
            "select id from sc_t where id in (1, 500, 1000) and ora_rowscn > :1",
            before,
        )
    }
    assert by_key == found & {1, 500, 1000}


def test_never_lower_than_the_rows_own_commit(connection: oracledb.Connection) -> None:
    """Row by row against a twin with row dependencies that is changed in the same transactions."""
    for step in range(1, 6):
        for table in ("sc_t", "sc_r"):
            run(connection, f"update {table} set v = 'step' where mod(id, :1) = 0", step)
            run(connection, f"delete from {table} where id = 4 and 4 = :1", step)
        connection.commit()
    rows = run(
        connection,
        "select t.ora_rowscn, r.ora_rowscn from sc_t t join sc_r r on r.id = t.id",
    )
    assert len(rows) == 4
    assert all(of_block >= of_row for of_block, of_row in rows)
    assert any(of_block > of_row for of_block, of_row in rows)
    assert len({of_row for _, of_row in rows}) > 1


def test_a_table_says_whether_its_rows_have_scns_of_their_own(
    connection: oracledb.Connection,
) -> None:
    assert run(
        connection,
        "select table_name, dependencies from user_tables where table_name in ('SC_R', 'SC_T') "
        "order by 1",
    ) == [("SC_R", "ENABLED"), ("SC_T", "DISABLED")]


def test_own_changes_have_none_before_their_commit(connection: oracledb.Connection) -> None:
    before = scn(connection)
    for table, own in (("sc_r", {3}), ("sc_t", {1, 2, 3, 4, 5})):
        run(connection, f"update {table} set v = 'y' where id = 3")
        found = run(connection, f"select id from {table} where ora_rowscn is null")
        assert {key for (key,) in found} == own
    connection.commit()
    assert since(connection, "sc_r", before) == {3}


# -- where it may stand


@pytest.mark.parametrize(
    "query",
    [
        "select max(ora_rowscn) from sc_r",
        "select r.n from (select id, ora_rowscn n from sc_r) r where r.id = 3",
        "select ora_rowscn from (select id, ora_rowscn from sc_r) where id = 3",
        "with w as (select id, ora_rowscn n from sc_r) select max(n) from w",
        "select r.ora_rowscn from sc_r r join sc_t t on t.id = r.id where t.id = 3",
        "select (select ora_rowscn from sc_r where id = t.id) from sc_t t where t.id = 3",
        "select (select max(r.ora_rowscn) from dual) from sc_r r where r.id = 3",
        "select sc_r.ora_rowscn from sc_r where ora_rowscn = (select max(ora_rowscn) from sc_r)",
        "select ora_rowscn from sc_r order by ora_rowscn desc fetch first 1 row only",
        "select ora_rowscn from sc_r group by id, ora_rowscn having id = 3",
        "select n from sc_v where id = 3",
    ],
)
def test_in_queries_of_every_shape(connection: oracledb.Connection, query: str) -> None:
    run(connection, "create or replace view sc_v as select id, ora_rowscn n from sc_r")
    before = scn(connection)
    run(connection, "update sc_r set v = 'y' where id = 3")
    connection.commit()
    [(found,)] = run(connection, query)
    assert before < found <= scn(connection)
    run(connection, "drop view sc_v")


def test_it_is_no_column_of_the_table(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select * from sc_t where ora_rowscn > 0")
        assert [column[0] for column in cursor.description] == ["ID", "V"]
        cursor.execute("select ora_rowscn, sc_t.* from sc_t")
        assert [column[0] for column in cursor.description] == ["ORA_ROWSCN", "ID", "V"]
        assert cursor.description[0][1] is oracledb.DB_TYPE_NUMBER


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        (904, "select ora_rowscn from (select id from sc_t)"),
        (904, "select ora_rowscn from user_tables"),
        (918, "select ora_rowscn from sc_t t join sc_r r on r.id = t.id"),
        (904, "update sc_t set ora_rowscn = 1"),
        (904, "insert into sc_t (ora_rowscn) values (1)"),
        (43807, "create index sc_i on sc_t (ora_rowscn)"),
        (3001, "select t.ora_rowscn from sc_t t natural join sc_r r"),
    ],
)
def test_where_it_may_not_stand(connection: oracledb.Connection, code: int, statement: str) -> None:
    refused(connection, code, statement)


def test_a_view_has_none(connection: oracledb.Connection) -> None:
    run(connection, "create view sc_v as select id from sc_t")
    refused(connection, 904, "select ora_rowscn from sc_v")
    run(connection, "drop view sc_v")


def test_rows_are_changed_by_it(connection: oracledb.Connection) -> None:
    before = scn(connection)
    run(connection, "update sc_r set v = 'y' where id = 3")
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("delete from sc_r where ora_rowscn > :1", [before])
        assert cursor.rowcount == 1
    assert {key for (key,) in run(connection, "select id from sc_r")} == {1, 2, 4, 5}


def test_an_scn_and_its_moment(connection: oracledb.Connection) -> None:
    [(moment, number)] = run(
        connection, "select systimestamp, timestamp_to_scn(systimestamp) from dual"
    )
    [(back,)] = run(connection, "select scn_to_timestamp(:1) from dual", number)
    assert back == moment.replace(tzinfo=None)
    assert number <= scn(connection)
    refused(connection, 8181, "select scn_to_timestamp(:1) from dual", number + 10**10)
    refused(connection, 8180, "select timestamp_to_scn(systimestamp - 365) from dual")


# -- who may ask


@pytest.fixture
def stranger(
    oracle_server: WireServer, connection: oracledb.Connection
) -> Iterator[oracledb.Connection]:
    """A user who may read the tables, and nothing else."""
    run(connection, f"create user sc_user identified by {PASSWORD}")
    for privilege in ("create session", "select on sc_t", "select on sc_r"):
        run(connection, f"grant {privilege} to sc_user")
    opened = oracle_server.connect(user="SC_USER", password=PASSWORD)
    yield opened
    ended(opened)
    run(connection, "drop user sc_user cascade")


@pytest.mark.parametrize("package", ["dbms_flashback", "sys.dbms_flashback"])
def test_the_package_takes_a_grant(
    connection: oracledb.Connection, stranger: oracledb.Connection, package: str
) -> None:
    hidden = '"DBMS_FLASHBACK"."GET_SYSTEM_CHANGE_NUMBER": invalid identifier'
    asked = f"select {package}.get_system_change_number from dual"
    for statement in (asked, asked.replace(" from", "() from")):
        assert hidden in refused(stranger, 904, statement)
        run(connection, f"grant execute on {package} to sc_user")
        assert scn(stranger, statement) > 0
        run(connection, f"revoke execute on {package} from sc_user")
        refused(stranger, 904, statement)


def test_the_view_takes_a_grant(
    connection: oracledb.Connection, stranger: oracledb.Connection
) -> None:
    qualified = "select sys_.current_scn from v$database sys_"
    for grant in ("select on v_$database", "select any dictionary", "select_catalog_role"):
        refused(stranger, 942, BY_VIEW)
        run(connection, f"grant {grant} to sc_user")
        assert scn(stranger, qualified) > 0
        run(connection, f"revoke {grant} from sc_user")
    refused(stranger, 942, BY_VIEW)


def test_the_grants_are_in_the_dictionary(
    connection: oracledb.Connection, stranger: oracledb.Connection
) -> None:
    run(connection, "grant execute on sys.dbms_flashback to sc_user")
    run(connection, "grant flashback on sc_t to sc_user")
    granted = "select table_name, privilege, type from user_tab_privs order by 1, 2"
    assert run(stranger, granted) == [
        ("DBMS_FLASHBACK", "EXECUTE", "PACKAGE"),
        ("SC_R", "SELECT", "TABLE"),
        ("SC_T", "FLASHBACK", "TABLE"),
        ("SC_T", "SELECT", "TABLE"),
    ]
    refused(connection, 2225, "grant select on dbms_flashback to sc_user")


def test_the_rows_scn_takes_no_privilege_but_reading(
    connection: oracledb.Connection, stranger: oracledb.Connection
) -> None:
    [(owner,)] = run(connection, "select user from dual")
    assert len(run(stranger, f"select ora_rowscn from {owner}.sc_r")) == 5


def test_a_store_that_does_not_know_when_it_committed_is_refused(tmp_path: Path) -> None:
    with temporary_cluster(settings={"track_commit_timestamp": "off"}) as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        with pytest.raises(RuntimeError, match="must have track_commit_timestamp = on: set it"):
            start_server(tmp_path, cluster)
