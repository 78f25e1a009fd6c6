"""A lab whose profile leaves the grants for SCNs out: what a run meets that was not given them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import oracledb
import pytest

from lab.core.legacy import fill_legacy, privileges
from lab.core.profile import load_profile
from lab.core.world import starting_instant
from lab.logins import OracleLogin
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE
from tests.oracle.scns import BY_VIEW, NOW, refused, run
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).parents[2]
TABLE = "travelbuddy.flightspecial"


@pytest.mark.parametrize("granted", [True, False])
def test_what_the_suites_user_may_ask(tmp_path: Path, granted: bool) -> None:
    profile = replace(load_profile("lab", ROOT), scn_grants=granted)
    users = privileges(profile.world.oracle_schemas)
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        accounts = {
            user.upper(): {"password": PASSWORD, "privileges": given}
            for user, given in users.items()
        }
        server = start_server(tmp_path, cluster, users=accounts)
        logins = {
            user: OracleLogin("127.0.0.1", server.port, SERVICE, user, PASSWORD) for user in users
        }
        fill_legacy(logins, profile, starting_instant())
        with server.connect(user="verifier") as suite:
            _look(suite, granted=granted)
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


def _look(suite: oracledb.Connection, *, granted: bool) -> None:
    [(rows, highest)] = run(suite, f"select count(*), max(ora_rowscn) from {TABLE}")
    past = f"select count(*) from {TABLE} as of scn {highest}"
    if granted:
        assert run(suite, NOW) >= [(highest,)]
        assert run(suite, BY_VIEW) >= [(highest,)]
        assert run(suite, past) == [(rows,)]
    else:
        refused(suite, 904, NOW)
        refused(suite, 942, BY_VIEW)
        refused(suite, 1031, past)
