"""Who sees what in the ALL_ views: every privilege alone, while it is held and after it was taken
back.

The rules are those of the views' definitions (DBA_VIEWS.TEXT) and of the Database Reference,
ALL_TRIGGERS.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.oracle.conftest import WireServer
from tests.oracle.test_engine_privileges import Sessions

TABLE = {
    "ALL_TABLES",
    "ALL_TAB_COLUMNS",
    "ALL_CONSTRAINTS",
    "ALL_CONS_COLUMNS",
    "ALL_INDEXES",
    "ALL_IND_COLUMNS",
    "ALL_CATALOG TABLE",
    "TABLE",
}
VIEW = {"ALL_VIEWS", "ALL_CATALOG VIEW", "ALL_DEPENDENCIES VIEW", "VIEW"}
SEQUENCE = {"ALL_SEQUENCES", "ALL_CATALOG SEQUENCE", "SEQUENCE"}
TRIGGER = {"ALL_SOURCE", "ALL_DEPENDENCIES TRIGGER", "TRIGGER"}
ON_TABLE = TABLE | {"ALL_TRIGGERS"}
EVERY_TABLE = TABLE | VIEW | {"INDEX"}

#: the view -> what of a row is told besides the view's name
LOOKS = {
    **dict.fromkeys(
        ("all_tables", "all_tab_columns", "all_constraints", "all_cons_columns", "all_indexes"),
        "owner",
    ),
    **dict.fromkeys(("all_views", "all_triggers", "all_source"), "owner"),
    "all_ind_columns": "index_owner",
    "all_sequences": "sequence_owner",
    "all_catalog": "owner, table_type",
    "all_dependencies": "owner, type",
    "all_objects": "owner, object_type",
}


def seen_by_reader(sessions: Sessions) -> set[str]:
    """What the reader is shown of SEEN_OWNER's: views, some with the kind of object; objects by
    their kind alone.
    """
    found: set[str] = set()
    for view, columns in LOOKS.items():
        owner = columns.split(",")[0]
        rows = sessions.run(
            sessions.reader, f"select distinct {columns} from {view} where {owner} = 'SEEN_OWNER'"
        )
        name = "" if view == "all_objects" else view.upper()
        found |= {" ".join([name, *map(str, row[1:])]).strip() for row in rows}
    return found


@pytest.fixture(scope="module")
def sessions(oracle_server: WireServer) -> Iterator[Sessions]:
    opened = Sessions(oracle_server)
    opened.run(
        opened.admin, "create user seen_owner identified by Schluessel1 quota unlimited on users"
    )
    opened.run(opened.admin, "grant connect, resource, create view to seen_owner")
    with oracle_server.connect(user="SEEN_OWNER", password="Schluessel1") as owner:
        for statement in (
            "create table doc (id number primary key, body varchar2(20) not null)",
            "create sequence numbers",
            "create view bodies as select body from doc",
            # in a name space of its own: what is granted on the table is not granted on the trigger
            "create trigger doc before insert on doc for each row begin null; end;",
        ):
            opened.run(owner, statement)
    opened.run(opened.admin, "create role seen_role")
    opened.run(opened.admin, "grant seen_role to priv_reader")
    yield opened
    opened.run(opened.admin, "drop role seen_role")
    opened.run(opened.admin, "drop user seen_owner cascade")
    opened.close()


@pytest.mark.parametrize(
    ("granted", "to", "seen"),
    [
        *(
            (f"{verb} on seen_owner.doc", "priv_reader", TABLE | {"ALL_TRIGGERS"})
            for verb in ("select", "read", "alter")
        ),
        *(
            ("delete on seen_owner.doc", to, TABLE | {"ALL_TRIGGERS"})
            for to in ("seen_role", "public")
        ),
        ("select on seen_owner.bodies", "priv_reader", VIEW | {"ALL_TAB_COLUMNS"}),
        ("select on seen_owner.numbers", "priv_reader", SEQUENCE),
        *(
            (f"{verb} any table", "priv_reader", EVERY_TABLE)
            for verb in ("read", "insert", "update", "delete", "lock")
        ),
        *(("select any table", to, EVERY_TABLE) for to in ("priv_reader", "seen_role", "public")),
        *(
            (f"{verb} any table", "priv_reader", set())
            for verb in ("create", "alter", "drop", "comment")
        ),
        ("create any trigger", "priv_reader", TRIGGER | {"ALL_TRIGGERS"}),
        ("alter any trigger", "priv_reader", set()),
        ("select any sequence", "priv_reader", SEQUENCE),
        ("alter any sequence", "priv_reader", set()),
    ],
)
def test_what_a_privilege_shows(sessions: Sessions, granted: str, to: str, seen: set[str]) -> None:
    sessions.run(sessions.admin, f"grant {granted} to {to}")
    assert seen_by_reader(sessions) == seen
    sessions.run(sessions.admin, f"revoke {granted} from {to}")
    assert seen_by_reader(sessions) == set()


def test_a_trigger_shows_to_its_owner_and_to_the_owner_of_the_table(sessions: Sessions) -> None:
    shown = "select owner, trigger_name from all_triggers where table_owner = 'PRIV_OWNER'"
    sessions.run(sessions.owner, "create table note (id number)")
    sessions.run(
        sessions.admin,
        "create trigger priv_third.watch before insert on priv_owner.note "
        "for each row begin null; end;",
    )
    for session in (sessions.owner, sessions.third, sessions.admin):
        assert sessions.run(session, shown) == [("PRIV_THIRD", "WATCH")]
    assert sessions.run(sessions.reader, shown) == []
    assert sessions.run(sessions.third, "select trigger_name from user_triggers") == [("WATCH",)]
    sessions.run(sessions.owner, "drop table note")


@pytest.mark.parametrize(
    "granted",
    [
        "select on sys.dba_triggers",
        "read on sys.dba_triggers",
        "select any dictionary",
        "select_catalog_role",
    ],
)
def test_what_opens_the_view_of_all_triggers(sessions: Sessions, granted: str) -> None:
    asked = "select trigger_name from dba_triggers where owner = 'SEEN_OWNER'"
    sessions.refused(sessions.reader, 942, asked)
    sessions.run(sessions.admin, f"grant {granted} to priv_reader")
    assert sessions.run(sessions.reader, asked) == [("DOC",)]
    # the others stay closed where only this one was granted
    if "dba" in granted:
        sessions.refused(sessions.reader, 942, "select table_name from dba_tables")
    else:
        assert sessions.run(
            sessions.reader, "select 1 from dba_tables where owner = 'SEEN_OWNER'"
        ) == [(1,)]
    sessions.run(sessions.admin, f"revoke {granted} from priv_reader")
    sessions.refused(sessions.reader, 942, asked)
