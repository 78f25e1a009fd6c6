"""Where the slot stands: the heartbeat, what holds it, and what happens when it is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.dms.agreed.spec import Endpoint
from lab.dms.databases.source import Source
from lab.dms.ground.errors import Recoverable, TaskFailed
from tests.clusters import Cluster
from tests.dms.capture.reading import PLUGINS, ReaderOf
from tests.dms.replication import wait_for

CONFIRMED = "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '{}'"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_the_heartbeat_moves_the_slot_of_an_idle_database(reader: ReaderOf, plugin: str) -> None:
    idle = reader(plugin)
    beating = reader(plugin, attributes={"heartbeatEnable": "true", "heartbeatFrequency": "0.001"})

    def confirmed() -> str:
        beating.capture.read(0.1, 1000)
        beating.capture.confirm_idle()
        return beating.source.query(CONFIRMED.format(beating.slot))[0][0]

    before = confirmed()
    wait_for(lambda: confirmed() != before)
    # one row, and nothing that would be replicated
    assert idle.source.query("SELECT count(*), max(hb_key) FROM awsdms_heartbeat") == [(1, 1)]
    assert beating.changes() == []
    assert idle.capture._heartbeat.seconds_left() == float("inf")


@pytest.mark.parametrize(("switch", "stands"), [("stands", True), ("follows", False)])
def test_without_a_heartbeat_the_slot_stands(
    cluster: Cluster, reader: ReaderOf, switch: str, stands: bool
) -> None:
    one = reader("test-decoding", switches={"idle_slot": switch})
    one.read()
    one.capture.confirm_idle()
    before = one.capture._confirmed
    cluster.execute("SELECT pg_switch_wal()", "postgres")  # the server is busy elsewhere
    wait_for(lambda: one.capture.read(0.1, 1000) or one.capture._cursor.wal_end > before)
    one.capture.confirm_idle()
    assert (one.capture._confirmed == before) is stands


def test_an_open_transaction_holds_restart_lsn(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    place = (
        f"SELECT restart_lsn, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name "
        f"= '{one.slot}'"
    )

    def confirmed() -> tuple[str, str]:
        # writes down which transactions run, which is what lets restart_lsn move
        execute("CHECKPOINT")
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


def test_a_slot_left_too_far_behind_fails_clearly(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf
) -> None:
    one = reader("pglogical")
    one.capture.close()
    lost = (
        f"SELECT 1 FROM pg_replication_slots WHERE slot_name = '{one.slot}' AND wal_status = 'lost'"
    )
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
    with pytest.raises(
        TaskFailed, match=r"is lost. The slot has fallen behind by more than max_slot_wal_keep_size"
    ):
        one.open()


def test_a_statement_that_takes_too_long_is_cancelled(
    cluster: Cluster, execute: Callable[..., None]
) -> None:

    source = Source(
        Endpoint(
            cluster.host,
            cluster.port,
            "dso",
            cluster.user,
            cluster.password,
            {"executetimeout": "1"},
        )
    )
    with pytest.raises(Recoverable, match=r"longer than ExecuteTimeout \(1 seconds\)"):
        source.query("SELECT pg_sleep(20)")
    assert source.query("SHOW statement_timeout") == [("1s",)]
    source.close()
