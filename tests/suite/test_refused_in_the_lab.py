"""A table that the suite may not read, that is not there or is locked, beside one that is in
order: it is not judged, by name and with the way out, and the other one is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from tests.children import lab_in_the_foreground
from tests.judge_io.denied import Administrators
from tests.suite.place import Place

NAME = "lab-travelbuddy"
HERE, THERE = "travelbuddy.hotelspecial", "TRAVELBUDDY.HOTELSPECIAL"
OTHER = "travelbuddy.flightspecial"

Way = Callable[[Place, Administrators], AbstractContextManager[object]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place.copy_to(tmp_path_factory.mktemp("project"), NAME)
    with lab_in_the_foreground(NAME, made.root, made.environment):
        yield made


@contextmanager
def _locked(place: Place, _: Administrators) -> Iterator[None]:
    connection = place.connect("postgres")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {HERE} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def _dropped(party: str, table: str) -> Way:
    def way(_: Place, administrators: Administrators) -> AbstractContextManager[object]:
        getattr(administrators, party)(f"DROP TABLE {table}")
        return nullcontext()

    return way


def _without(*grants: str) -> Way:
    return lambda _, administrators: administrators.without(*grants)


#: how the table is refused, and what is told of it
WAYS: dict[str, tuple[Way, str]] = {
    "no SELECT in PostgreSQL": (
        lambda _, administrators: administrators.exchanged(
            "postgresql",
            f"REVOKE SELECT ON {HERE} FROM verifier",
            f"GRANT SELECT ON {HERE} TO verifier",
        ),
        f"GRANT SELECT ON {HERE} TO verifier",
    ),
    "no SELECT in Oracle": (
        _without(f"SELECT ON {THERE}"),
        f"VERIFIER may not read {THERE}; GRANT SELECT ON {THERE} TO VERIFIER",
    ),
    "hidden in Oracle": (
        _without(*(f"{what} ON {THERE}" for what in ("SELECT", "DELETE", "FLASHBACK"))),
        f"VERIFIER may not see {THERE}; GRANT SELECT ON {THERE} TO VERIFIER",
    ),
    "locked": (_locked, "a lock of somebody else kept the statement waiting"),
    # nothing brings them back, so these are the last
    "not there in Oracle": (_dropped("oracle", THERE), f"Oracle has no table {THERE}"),
    "not there in PostgreSQL": (
        _dropped("postgresql", f"{HERE} CASCADE"),
        f"PostgreSQL has no table {HERE}",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_table_is_not_judged_by_name_and_the_other_is(place: Place, way: str) -> None:
    refused, words = WAYS[way]
    with refused(place, Administrators(place.state)):
        done = place.features(
            "features/04-change-propagation/delete.feature",
            *("-k", "disappears", "--environment", NAME),
        )
    assert (done.returncode, place.verdict["verdict"]) == (2, "NOT JUDGED"), done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    judged = {one["table"]: (one["judged"], one["words"]) for one in place.verdict["matrix"]}
    assert judged[OTHER] == ("holds", "")
    assert judged[HERE][0] == "not judged"
    assert words in judged[HERE][1]
