"""The three output plugins on a real PostgreSQL: the same changes, and what each of them cannot know."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dms.changes import Change
from lab.dms.errors import TaskFailed
from tests.clusters import Cluster, temporary_cluster
from tests.dms import all_types
from tests.dms.reading import END_TABLE, PLUGINS, Reader
from tests.dms.replication import drop_slots, wait_for

ReaderOf = Callable[..., Reader]
SETTINGS = {"max_prepared_transactions": "2", "logical_decoding_work_mem": "4MB"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster(logical=True, settings=SETTINGS) as running:
        running.execute("CREATE DATABASE dso")
        running.execute("CREATE EXTENSION pglogical", "dso")
        yield running


@pytest.fixture
def execute(cluster: Cluster) -> Iterator[Callable[..., None]]:
    def run(*statements: str) -> None:
        for statement in statements:
            cluster.execute(statement, "dso")

    run("CREATE SCHEMA s", f"CREATE TABLE s.{END_TABLE} (id serial PRIMARY KEY)")
    yield run
    drop_slots(cluster)
    run(
        "DROP EVENT TRIGGER IF EXISTS awsdms_intercept_ddl",
        "DROP TABLE IF EXISTS awsdms_ddl_audit, awsdms_heartbeat CASCADE",
        "DROP SCHEMA s CASCADE",
    )


@pytest.fixture
def reader(cluster: Cluster, execute: Callable[..., None], tmp_path: Path) -> Iterator[ReaderOf]:
    made: list[Reader] = []

    def make(plugin: str, **entries: Any) -> Reader:
        made.append(Reader(cluster, tmp_path, plugin, **entries))
        return made[-1]

    yield make
    for one in made:
        one.close()


def seen(changes: list[Change]) -> list[tuple[Any, ...]]:
    """Changes to be compared: None of an old row says nothing, and pgoutput does not tell generated columns."""
    return [
        (
            change.operation,
            change.table,
            {name: value for name, value in change.new.items() if name != "twice"},
            {name: value for name, value in (change.old or {}).items() if value is not None},
        )
        for change in changes
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_plugins_tell_the_same_of_any_row(execute: Callable[..., None], reader: ReaderOf, seed: int) -> None:
    for statement in all_types.ddl().split(";\n"):
        execute(statement)
    readers = [reader(plugin) for plugin in PLUGINS]
    chance = random.Random(seed)
    script = []
    for key in range(25):
        row = all_types.values(chance)
        script.append(all_types.insert(key, row))
        some = {name: all_types.values(chance)[name] for name in chance.sample(sorted(row), 3)}
        script.append(all_types.update(key, some))
        if chance.random() < 0.3:
            script.append(f"UPDATE s.every SET id = {key + 1000} WHERE id = {key}")
        if chance.random() < 0.3:
            script.append(f"DELETE FROM s.every WHERE id = {key}")
    execute(";".join(script))
    read = [one.read() for one in readers]
    heads = [[(one.xid, one.end_lsn, one.commit_time) for one in transactions] for transactions in read]
    assert heads[0] == heads[1] == heads[2]
    found = [[change for one in transactions for change in one.changes] for transactions in read]
    assert len(found[0]) >= 50
    assert seen(found[0]) == seen(found[1])
    assert seen(found[0]) == seen(found[2])
    # the generated column: pglogical and test_decoding tell it
    assert all(change.new["twice"] == 2 * change.new["id"] for change in found[0] + found[1] if change.new)
    assert not any("twice" in change.new for change in found[2])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_keys_and_tables_without(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    execute(
        "CREATE TABLE s.keyed (a text, x int, id int, PRIMARY KEY (id))",
        "CREATE TABLE s.keyless (id int, a text)",
        "CREATE TABLE s.full_keyless (id int, a text)",
        "ALTER TABLE s.full_keyless REPLICA IDENTITY FULL",
        "CREATE TABLE s.full_keyed (id int PRIMARY KEY, a text)",
        "ALTER TABLE s.full_keyed REPLICA IDENTITY FULL",
    )
    one = reader(plugin)
    for table in ("keyed", "keyless", "full_keyless", "full_keyed"):
        execute(
            f"INSERT INTO s.{table} (id, a) VALUES (1, 'a')",
            f"UPDATE s.{table} SET a = 'b'",
            f"UPDATE s.{table} SET id = 2",
            f"DELETE FROM s.{table}",
        )
    told: dict[str, list[Change]] = {}
    for change in one.changes():
        told.setdefault(change.table, []).append(change)
    operations = {table: "".join(change.operation for change in changes) for table, changes in told.items()}
    # REPLICA IDENTITY FULL helps with test_decoding and pgoutput, and is not supported with pglogical
    with_full = "I" if plugin == "pglogical" else "IUUD"
    assert operations == {"keyed": "IUUD", "keyless": "I", "full_keyless": with_full, "full_keyed": with_full}
    _, plain, moved, gone = told["keyed"]
    assert (plain.new, plain.old) == ({"a": "b", "x": None, "id": 1}, None)
    assert (moved.new["id"], moved.old) == (2, {"a": None, "x": None, "id": 1})
    assert (gone.new, gone.old) == ({}, {"a": None, "x": None, "id": 2})
    if plugin != "pglogical":
        assert told["full_keyless"][2].old == {"id": 1, "a": "b"}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_an_unchanged_toasted_value_is_left_out(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    execute("CREATE TABLE s.big (id int PRIMARY KEY, n int, t text)", "ALTER TABLE s.big ALTER t SET STORAGE EXTERNAL")
    one = reader(plugin)
    execute("INSERT INTO s.big VALUES (1, 1, repeat('x', 9000))", "UPDATE s.big SET n = 2")
    inserted, updated = one.changes()
    assert len(inserted.new["t"]) == 9000
    assert updated.new == {"id": 1, "n": 2}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_truncate_is_noticed_and_not_a_change(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    execute('CREATE TABLE s."Mixed ""x" (id int PRIMARY KEY, "Col" text)', "CREATE TABLE s.u (id int PRIMARY KEY)")
    one = reader(plugin)
    execute('INSERT INTO s."Mixed ""x" VALUES (1, \'a\')', 'TRUNCATE s."Mixed ""x", s.u')
    inserted, truncated = one.read()
    assert inserted.changes[0].new == {"id": 1, "Col": "a"}
    assert set(truncated.truncated) == {("s", 'Mixed "x'), ("s", "u")}
    assert len(truncated.changes) == 0


@pytest.mark.parametrize("plugin", PLUGINS)
def test_dropped_and_added_columns_shift_nothing(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, gone text, kept text, more int)", "ALTER TABLE s.t DROP gone")
    one = reader(plugin)
    execute(
        "INSERT INTO s.t VALUES (1, 'k', 3)",
        "ALTER TABLE s.t DROP kept",
        "UPDATE s.t SET more = 4",
        "ALTER TABLE s.t ADD late text DEFAULT 'd'",
        "UPDATE s.t SET more = 5",
    )
    found = one.read()
    assert [change.new for one in found for change in one.changes] == [
        {"id": 1, "kept": "k", "more": 3},
        {"id": 1, "more": 4},
        {"id": 1, "more": 5, "late": "d"},
    ]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_partitions_stand_for_themselves_and_their_parent(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.whole (id int PRIMARY KEY, a text) PARTITION BY RANGE (id)",
        "CREATE TABLE s.low PARTITION OF s.whole FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE s.high PARTITION OF s.whole FOR VALUES FROM (10) TO (20)",
    )
    one = reader(plugin)
    alone = reader(plugin, switches={"partitioned_parent": "partition"})
    execute("INSERT INTO s.whole VALUES (1, 'a'), (11, 'b')")
    assert [(change.table, change.new["id"]) for change in one.changes()] == [
        ("low", 1),
        ("whole", 1),
        ("high", 11),
        ("whole", 11),
    ]
    assert [change.table for change in alone.changes()] == ["low", "high"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_tables_created_later_are_followed(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    one = reader(plugin)
    execute("CREATE TABLE s.late (id int PRIMARY KEY)")
    [created] = one.read()
    assert (created.ddls[0].tag, created.catalogue_changed) == ("CREATE TABLE", True)
    execute("INSERT INTO s.late VALUES (1)", "UPDATE s.late SET id = id", "DELETE FROM s.late")
    assert [(change.operation, change.table) for change in one.changes()] == [(kind, "late") for kind in "IUD"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_ddl_is_seen_between_the_changes_of_its_transaction(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    script = (
        "INSERT INTO s.t VALUES (1); ALTER TABLE s.t ADD a int; INSERT INTO s.t VALUES (2, 2); DROP TABLE s.t CASCADE"
    )
    execute(script)
    [found] = one.read()
    assert [(ddl.schema, ddl.table, ddl.tag, ddl.sql, ddl.before) for ddl in found.ddls] == [
        ("s", "t", "ALTER TABLE", "ALTER TABLE s.t ADD a int", 1),
        ("s", "t", "DROP TABLE", "DROP TABLE s.t CASCADE", 2),
    ]
    # the row is gone in the same breath
    assert one.source.query("SELECT count(*) FROM awsdms_ddl_audit") == [(0,)]


def test_ddl_in_a_function_is_not_captured(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute(
        "CREATE TABLE s.t (id int PRIMARY KEY)",
        "CREATE FUNCTION s.f() RETURNS void LANGUAGE sql AS 'ALTER TABLE s.t ADD a int'",
    )
    one = reader("pglogical")
    execute("SELECT s.f()", "INSERT INTO s.t VALUES (1, 2)")
    [found] = one.read()
    assert (found.ddls, found.changes[0].new) == ((), {"id": 1, "a": 2})


def test_a_replication_target_needs_the_trigger_enabled_always(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    execute("SET session_replication_role = replica; ALTER TABLE s.t ADD unseen int")
    assert one.read() == []
    execute("ALTER EVENT TRIGGER awsdms_intercept_ddl ENABLE ALWAYS")
    execute("SET session_replication_role = replica; ALTER TABLE s.t ADD seen int")
    [found] = one.read()
    assert found.ddls[0].sql == "ALTER TABLE s.t ADD seen int"


def test_capture_ddls_false_leaves_nothing_behind(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical", attributes={"captureDdls": "false"})
    assert one.source.query("SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'awsdms%'") == []
    assert one.source.query("SELECT to_regclass('awsdms_ddl_audit')") == [(None,)]
    execute("ALTER TABLE s.t ADD a int", "INSERT INTO s.t VALUES (1, 2)")
    [found] = one.read()
    assert (found.ddls, found.changes[0].new) == ((), {"id": 1, "a": 2})


def test_the_artifacts_go_where_the_endpoint_says(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)", 'CREATE SCHEMA "Dms own"')
    try:
        one = reader("pglogical", attributes={"ddlArtifactsSchema": "Dms own"})
        execute("ALTER TABLE s.t ADD a int")
        assert len(one.read()[0].ddls) == 1
    finally:
        execute("DROP EVENT TRIGGER awsdms_intercept_ddl", 'DROP SCHEMA "Dms own" CASCADE')


def test_a_changed_primary_key_stops_a_table(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, b int NOT NULL)")
    one = reader("pglogical")
    execute("INSERT INTO s.t VALUES (1, 1)", "ALTER TABLE s.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, b)")
    assert len(one.read()) == 2
    execute("INSERT INTO s.t VALUES (2, 2)")
    assert one.changes() == []
    assert "The primary key of table 's.t' has changed from (id) to (id, b)" in one.written.getvalue()


CONFIRMED = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{}'"


def test_the_heartbeat_moves_the_slot_of_an_idle_database(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    idle = reader("pglogical")
    following = reader("pglogical", switches={"idle_slot": "follows"})
    beating = reader("pglogical", attributes={"heartbeatEnable": "true", "heartbeatFrequency": "0.001"})
    pgoutput = reader("pgoutput", attributes={"heartbeatEnable": "true", "heartbeatFrequency": "0.001"})
    readers = (idle, following, beating, pgoutput)

    def confirmed() -> list[str]:
        for one in readers:
            one.capture.read(0.01, 1000)
            one.capture.confirm_idle()
        return [one.source.query(CONFIRMED.format(one.slot))[0][0] for one in readers]

    idle.read()
    wait_for(lambda: idle.capture._seen and confirmed())
    before = confirmed()
    # another database is busy
    cluster.execute("SELECT pg_create_restore_point('busy'), pg_switch_wal()", "postgres")
    wait_for(lambda: all(new != old for new, old in zip(confirmed()[1:], before[1:], strict=True)))
    [(beats, key)] = idle.source.query("SELECT count(*), max(hb_key) FROM awsdms_heartbeat")
    assert (beats, key) == (1, 1)
    assert [one.capture._heartbeat.seconds_left() for one in (idle, following)] == [float("inf")] * 2


def test_without_a_heartbeat_the_slot_stands(cluster: Cluster, execute: Callable[..., None], reader: ReaderOf) -> None:
    one = reader("test-decoding")
    one.read()
    one.capture.confirm_idle()
    standing = one.capture._confirmed
    cluster.execute("SELECT pg_switch_wal()", "postgres")
    wait_for(lambda: one.capture.read(0.1, 1000) or one.capture._cursor.wal_end > standing)
    one.capture.confirm_idle()
    assert one.capture._confirmed == standing


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_large_transaction_goes_through_a_file(execute: Callable[..., None], reader: ReaderOf, plugin: str) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, a text)")
    one = reader(plugin, settings={"ChangeProcessingTuning": {"MemoryLimitTotal": 1}})
    one.open(swap_limit=1000)
    small = "INSERT INTO s.t VALUES (0, 'between')"
    # a transaction that is open while others commit comes when it commits
    execute("INSERT INTO s.t SELECT g, repeat('x', 100) FROM generate_series(1, 12000) g", small)
    large, last = one.read()
    assert type(large.changes).__name__ == "SwappedChanges"
    for _ in range(2):
        assert [change.new["id"] for change in large.changes] == list(range(1, 12001))
    assert type(last.changes) is tuple
    assert "goes on in a swap file" in one.written.getvalue()
    assert "Reading from source is paused. Total storage used by swap files exceeded the limit 1000 bytes" in (
        one.written.getvalue()
    )


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_lost_connection_sends_a_transaction_again(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    execute("INSERT INTO s.t VALUES (1)")
    first = one.read()
    one.open()
    again = one.read()
    assert [x.changes for x in first] == [x.changes for x in again]
    one.capture.confirm(again[-1].end_lsn)
    one.open()
    assert one.read() == []


def test_a_large_transaction_is_spilled_by_the_source_too(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, a text)")
    one = reader("pglogical")
    # more than logical_decoding_work_mem, 4 MB
    execute("INSERT INTO s.t SELECT g, repeat('x', 1000) FROM generate_series(1, 6000) g")
    assert len(one.read()[0].changes) == 6000
    one.capture.close()  # the sender tells its figures before it ends
    spilled = f"SELECT spill_bytes FROM pg_stat_replication_slots WHERE slot_name = '{one.slot}' AND spill_txns = 1"
    wait_for(lambda: one.source.query(spilled) and one.source.query(spilled)[0][0] > 4 << 20)


def test_an_open_transaction_holds_restart_lsn(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    place = f"SELECT restart_lsn, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{one.slot}'"

    def confirmed() -> tuple[str, str]:
        execute("CHECKPOINT")  # writes down which transactions run, which is what lets restart_lsn move
        one.read()
        one.capture.confirm_idle()
        return one.source.query(place)[0]

    holder = cluster.connect("dso")
    try:
        holder.autocommit = False
        holder.cursor().execute("INSERT INTO s.t VALUES (-1)")
        first = confirmed()
        wait_for(lambda: confirmed()[1] != first[1])
        held = confirmed()[0]
        for _ in range(5):
            assert confirmed()[0] == held
        holder.commit()
        wait_for(lambda: confirmed()[0] != held)
    finally:
        holder.close()


@pytest.mark.parametrize("plugin", PLUGINS)
def test_zones_of_writers_do_not_matter(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, z timestamptz)", "ALTER DATABASE dso SET timezone = 'Asia/Seoul'")
    try:
        one = reader(plugin)
        execute(
            "INSERT INTO s.t VALUES (1, '2026-01-01 09:00')",
            "SET timezone = 'America/St_Johns'; INSERT INTO s.t VALUES (2, '1969-12-31 20:30')",
        )
        found = [change.new["z"] for change in one.changes()]
        assert found == ["2026-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"]
    finally:
        execute("ALTER DATABASE dso RESET timezone")


def test_sequences_do_not_travel(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id serial PRIMARY KEY, own int GENERATED ALWAYS AS IDENTITY)")
    one = reader("pglogical")
    execute("SELECT setval('s.t_id_seq', 1000)")
    assert one.read() == []
    execute("INSERT INTO s.t DEFAULT VALUES")
    assert one.changes()[0].new == {"id": 1001, "own": 1}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_prepared_transaction_comes_as_a_whole_when_it_is_committed(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    execute("BEGIN; INSERT INTO s.t VALUES (1), (2); PREPARE TRANSACTION 'later'")
    assert one.read() == []
    execute("COMMIT PREPARED 'later'")
    assert [[change.new["id"] for change in found.changes] for found in one.read()] == [[1, 2]]


def test_large_objects_and_materialized_views_are_left_out(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, o oid)", "CREATE MATERIALIZED VIEW s.m AS SELECT * FROM s.t")
    one = reader("pglogical")
    execute("INSERT INTO s.t VALUES (1, lo_from_bytea(4711, 'content'))", "REFRESH MATERIALIZED VIEW s.m")
    assert [(change.table, str(change.new["o"])) for change in one.changes()] == [("t", "4711")]


def test_interleaved_transactions_come_whole_and_in_commit_order(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    first, second = cluster.connect("dso"), cluster.connect("dso")
    try:
        first.autocommit = second.autocommit = False
        for number, connection in ((1, first), (2, second), (3, first), (4, second)):
            connection.cursor().execute("INSERT INTO s.t VALUES (%s)", (number,))
        second.commit()
        first.commit()
    finally:
        first.close()
        second.close()
    assert [[change.new["id"] for change in found.changes] for found in one.read()] == [[2, 4], [1, 3]]


def test_a_slot_left_too_far_behind_fails_clearly(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    one = reader("pglogical")
    one.capture.close()
    lost = f"SELECT 1 FROM pg_replication_slots WHERE slot_name = '{one.slot}' AND wal_status = 'lost'"
    cluster.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    cluster.execute("SELECT pg_reload_conf()")
    try:

        def fallen_behind() -> bool:
            execute("INSERT INTO s.zz_end DEFAULT VALUES", "SELECT pg_switch_wal()", "CHECKPOINT")
            return bool(one.source.query(lost))

        wait_for(fallen_behind)
    finally:
        cluster.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
        cluster.execute("SELECT pg_reload_conf()")
    with pytest.raises(TaskFailed, match=r"is lost. The slot has fallen behind by more than max_slot_wal_keep_size"):
        one.open()


def test_a_statement_that_takes_too_long_is_cancelled(cluster: Cluster, execute: Callable[..., None]) -> None:
    from lab.dms.errors import Recoverable
    from lab.dms.source import Source
    from lab.dms.spec import Endpoint

    source = Source(
        Endpoint(cluster.host, cluster.port, "dso", cluster.user, cluster.password, {"executetimeout": "1"})
    )
    with pytest.raises(Recoverable, match=r"longer than ExecuteTimeout \(1 seconds\)"):
        source.query("SELECT pg_sleep(20)")
    assert source.query("SHOW statement_timeout") == [("1s",)]
    source.close()
