"""What a user may do with another's objects: nothing but what was granted, and errors that give
nothing away.

Expected codes are those of Oracle's Database Error Messages and of the prerequisites in its SQL
Language Reference.
"""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer, ended

PASSWORD = "Schluessel1"
USERS = ("PRIV_OWNER", "PRIV_READER", "PRIV_THIRD")


class Sessions:
    """An administrator and three ordinary users, one session each."""

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self.admin = server.connect()
        for user in USERS:
            self.run(
                self.admin, f"create user {user} identified by {PASSWORD} quota unlimited on users"
            )
            self.run(self.admin, f"grant connect, resource, create view, create synonym to {user}")
        self.owner, self.reader, self.third = (
            server.connect(user=user, password=PASSWORD) for user in USERS
        )

    @staticmethod
    def run(session: oracledb.Connection, statement: str) -> list[tuple[object, ...]]:
        with session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def refused(self, session: oracledb.Connection, code: int, statement: str) -> None:
        with pytest.raises(oracledb.DatabaseError) as caught:
            self.run(session, statement)
        assert caught.value.args[0].code == code, caught.value

    def close(self) -> None:
        for session in (self.owner, self.reader, self.third):
            ended(session)
        for user in reversed(USERS):
            self.run(self.admin, f"drop user {user} cascade")
        self.admin.close()


@pytest.fixture
def sessions(oracle_server: WireServer) -> Iterator[Sessions]:
    opened = Sessions(oracle_server)
    for statement in (
        "create table doc (id number primary key, body varchar2(20) not null)",
        "insert into doc values (1, 'one')",
        "commit",
        "create sequence numbers",
        "create view bodies as select body from doc",
    ):
        opened.run(opened.owner, statement)
    yield opened
    opened.close()


STATEMENTS = {
    "select": "select id from priv_owner.doc",
    "insert": "insert into priv_owner.doc values (2, 'two')",
    "update": "update priv_owner.doc set body = 'new'",
    "delete": "delete from priv_owner.doc",
}


@pytest.mark.parametrize(
    "statement",
    [
        *STATEMENTS.values(),
        "select body from priv_owner.bodies",
        "drop table priv_owner.doc",
        "truncate table priv_owner.doc",
        "alter table priv_owner.doc add (more number)",
        "create index i on priv_owner.doc (body)",
        "comment on table priv_owner.doc is 'x'",
        "lock table priv_owner.doc in exclusive mode",
        (
            "merge into priv_owner.doc d using dual on (d.id = 1) when matched then update set "
            "body "
            "= 'x'"
        ),
        "create view mine as select * from priv_owner.doc",
        "create table child (id number references priv_owner.doc (id))",
        "grant select on priv_owner.doc to priv_third",
        "create trigger t before insert on priv_owner.doc for each row begin null; end;",
    ],
)
def test_what_nothing_was_granted_on_does_not_exist(sessions: Sessions, statement: str) -> None:
    sessions.refused(sessions.reader, 942, statement)


@pytest.mark.parametrize("granted", STATEMENTS)
def test_one_privilege_opens_what_it_names_and_no_more(sessions: Sessions, granted: str) -> None:
    sessions.run(sessions.owner, f"grant {granted} on doc to priv_reader")
    for privilege, statement in STATEMENTS.items():
        if privilege == granted:
            sessions.run(sessions.reader, statement)
        else:
            sessions.refused(sessions.reader, 1031, statement)
    sessions.reader.rollback()
    sessions.run(sessions.owner, f"revoke {granted} on doc from priv_reader")
    sessions.refused(sessions.reader, 942, STATEMENTS[granted])


def test_read_lets_look_and_not_lock(sessions: Sessions) -> None:
    for granted, taken in (("read on doc", sessions.owner), ("read any table", sessions.admin)):
        sessions.run(taken, f"grant {granted} to priv_reader")
        assert sessions.run(sessions.reader, STATEMENTS["select"]) == [(1,)]
        sessions.refused(sessions.reader, 1031, f"{STATEMENTS['select']} for update")
        sessions.refused(sessions.reader, 1031, "lock table priv_owner.doc in share mode")
        sessions.refused(sessions.reader, 1031, STATEMENTS["update"])
        sessions.run(taken, f"revoke {granted} from priv_reader")
        sessions.refused(sessions.reader, 942, STATEMENTS["select"])
    sessions.run(sessions.owner, "grant select on doc to priv_reader")
    assert sessions.run(sessions.reader, f"{STATEMENTS['select']} for update") == [(1,)]
    sessions.reader.rollback()


def test_looking_at_columns_while_changing_them_takes_select(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant update, delete on doc to priv_reader")
    sessions.refused(sessions.reader, 1031, "update priv_owner.doc set body = 'x' where id = 1")
    sessions.refused(sessions.reader, 1031, "update priv_owner.doc set body = body")
    sessions.refused(sessions.reader, 1031, "delete from priv_owner.doc where id = 1")
    sessions.run(sessions.owner, "grant select on doc to priv_reader")
    sessions.run(sessions.reader, "update priv_owner.doc set body = 'x' where id = 1")


def test_public_and_roles_pass_privileges_on(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant select on doc to public")
    assert sessions.run(sessions.third, STATEMENTS["select"]) == [(1,)]
    sessions.run(sessions.owner, "revoke select on doc from public")
    sessions.refused(sessions.third, 942, STATEMENTS["select"])
    sessions.run(sessions.admin, "create role priv_role")
    sessions.run(sessions.owner, "grant select on doc to priv_role")
    sessions.run(sessions.admin, "grant priv_role to priv_third")
    assert sessions.run(sessions.third, STATEMENTS["select"]) == [(1,)]
    # what came with a role does not count in a definition
    sessions.refused(sessions.third, 1031, "create view mine as select * from priv_owner.doc")
    sessions.run(sessions.admin, "drop role priv_role")
    sessions.refused(sessions.third, 942, STATEMENTS["select"])


def test_the_grant_option_is_taken_back_with_all_that_rests_on_it(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant select on doc to priv_reader")
    sessions.refused(sessions.reader, 1031, "grant select on priv_owner.doc to priv_third")
    sessions.run(sessions.owner, "grant select on doc to priv_reader with grant option")
    sessions.run(sessions.reader, "grant select on priv_owner.doc to priv_third")
    assert sessions.run(sessions.third, STATEMENTS["select"]) == [(1,)]
    sessions.refused(sessions.owner, 1927, "revoke select on doc from priv_third")
    sessions.run(sessions.owner, "revoke select on doc from priv_reader")
    sessions.refused(sessions.third, 942, STATEMENTS["select"])


def test_a_view_is_read_with_its_owners_privileges(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant select on bodies to priv_reader")
    assert sessions.run(sessions.reader, "select body from priv_owner.bodies") == [("one",)]
    sessions.refused(sessions.reader, 942, STATEMENTS["select"])
    sessions.run(sessions.owner, "create or replace view bodies as select body, id from doc")
    assert sessions.run(sessions.reader, "select id from priv_owner.bodies") == [(1,)]
    sessions.run(sessions.owner, "grant select on doc to priv_reader")
    sessions.run(sessions.reader, "create view mine as select id from priv_owner.doc")
    sessions.refused(sessions.reader, 1720, "grant select on mine to priv_third")


def test_sequences(sessions: Sessions) -> None:
    sessions.refused(sessions.reader, 2289, "select priv_owner.numbers.nextval from dual")
    sessions.run(sessions.owner, "grant select on numbers to priv_reader")
    assert sessions.run(sessions.reader, "select priv_owner.numbers.nextval from dual") == [(1,)]
    sessions.refused(sessions.reader, 1031, "alter sequence priv_owner.numbers increment by 5")
    sessions.run(sessions.owner, "grant alter on numbers to priv_reader")
    sessions.run(sessions.reader, "alter sequence priv_owner.numbers increment by 5")
    assert sessions.run(sessions.reader, "select priv_owner.numbers.nextval from dual") == [(6,)]
    sessions.refused(sessions.owner, 2205, "grant insert on numbers to priv_reader")


def test_table_privileges_for_definitions(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant references, alter, index on doc to priv_reader")
    sessions.run(sessions.reader, "create table child (id number references priv_owner.doc (id))")
    sessions.run(sessions.reader, "alter table priv_owner.doc add (more number)")
    sessions.refused(sessions.reader, 1031, "drop table priv_owner.doc")
    sessions.refused(sessions.reader, 1031, STATEMENTS["select"])
    sessions.run(sessions.reader, "drop table child")


def test_triggers_on_anothers_table(sessions: Sessions) -> None:
    sessions.run(
        sessions.owner, "create trigger touch before insert on doc for each row begin null; end;"
    )
    sessions.refused(sessions.reader, 4080, "alter trigger priv_owner.touch disable")
    sessions.refused(sessions.reader, 4080, "drop trigger priv_owner.touch")
    sessions.run(sessions.owner, "grant select on doc to priv_reader")
    sessions.refused(sessions.reader, 1031, "alter trigger priv_owner.touch disable")
    sessions.refused(sessions.reader, 1031, "drop trigger priv_owner.touch")
    sessions.run(sessions.admin, "grant alter any trigger to priv_reader")
    sessions.run(sessions.reader, "alter trigger priv_owner.touch disable")
    assert sessions.run(
        sessions.reader, "select status from all_triggers where trigger_name = 'TOUCH'"
    ) == [("DISABLED",)]


def test_system_privileges(sessions: Sessions) -> None:
    sessions.refused(sessions.reader, 1031, "create table priv_owner.other (id number)")
    sessions.run(sessions.admin, "grant create any table, select any table to priv_reader")
    sessions.run(sessions.reader, "create table priv_owner.other (id number)")
    assert sessions.run(sessions.reader, "select id from priv_owner.other") == []
    sessions.refused(sessions.reader, 1031, "drop table priv_owner.other")
    sessions.run(sessions.admin, "revoke resource from priv_reader")
    sessions.refused(sessions.reader, 1031, "create sequence s")
    sessions.refused(sessions.reader, 1031, "grant select any table to priv_third")
    sessions.refused(sessions.reader, 1932, "grant resource to priv_third")
    sessions.run(sessions.admin, "grant create sequence to priv_reader with admin option")
    sessions.run(sessions.reader, "grant create sequence to priv_third")
    assert ("PRIV_THIRD", "CREATE SEQUENCE", "NO") in sessions.run(
        sessions.admin, "select grantee, privilege, admin_option from dba_sys_privs"
    )


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        (942, "grant select on nowhere to priv_reader"),
        (1917, "grant select on doc to nobody_here"),
        (1749, "grant select on doc to priv_owner"),
        (990, "grant foo on doc to priv_reader"),
        (990, "grant select to priv_reader"),
        (1919, "grant norole to priv_reader"),
        (2204, "grant index on bodies to priv_reader"),
        (1926, "grant select on doc to connect with grant option"),
        (1927, "revoke select on doc from priv_reader"),
        (3001, "grant update (body) on doc to priv_reader"),
    ],
)
def test_grants_that_cannot_be_made(sessions: Sessions, code: int, statement: str) -> None:
    sessions.refused(sessions.owner, code, statement)


def test_revoking_what_was_never_granted(sessions: Sessions) -> None:
    sessions.refused(sessions.admin, 1952, "revoke create any table from priv_reader")
    sessions.refused(sessions.admin, 1951, "revoke dba from priv_reader")
    sessions.run(sessions.admin, "create role priv_outer")
    sessions.run(sessions.admin, "create role priv_inner")
    sessions.run(sessions.admin, "grant priv_inner to priv_outer")
    sessions.refused(sessions.admin, 1934, "grant priv_outer to priv_inner")
    sessions.run(sessions.admin, "drop role priv_outer")
    sessions.run(sessions.admin, "drop role priv_inner")


def test_the_dictionary_shows_only_what_is_accessible(sessions: Sessions) -> None:
    listed = "select table_name from all_tables where owner = 'PRIV_OWNER'"
    columns = (
        "select count(*) from all_tab_columns where owner = 'PRIV_OWNER' and table_name = 'DOC'"
    )
    assert sessions.run(sessions.reader, listed) == []
    assert sessions.run(sessions.reader, columns) == [(0,)]
    assert sessions.run(sessions.admin, listed) == [("DOC",)]
    sessions.run(sessions.owner, "grant insert on doc to priv_reader")
    assert sessions.run(sessions.reader, listed) == [("DOC",)]
    assert sessions.run(sessions.reader, columns) == [(2,)]
    assert (
        sessions.run(sessions.reader, "select view_name from all_views where owner = 'PRIV_OWNER'")
        == []
    )
    for view in ("dba_tables", "v$session", "v$parameter", "v$database", "dba_users"):
        sessions.refused(sessions.reader, 942, f"select * from {view}")
    sessions.run(sessions.admin, "grant select on v_$parameter to priv_reader")
    assert sessions.run(
        sessions.reader, "select value from v$parameter where name = 'compatible'"
    ) == [("19.0.0",)]
    sessions.run(sessions.admin, "grant select any dictionary to priv_reader")
    assert sessions.run(
        sessions.reader, "select table_name from dba_tables where owner = 'PRIV_OWNER'"
    ) == [("DOC",)]


def test_privileges_in_the_dictionary(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant select, insert on doc to priv_reader")
    sessions.run(sessions.owner, "grant select on doc to priv_third with grant option")
    expected = [
        ("PRIV_OWNER", "PRIV_READER", "PRIV_OWNER", "DOC", "INSERT", "NO"),
        ("PRIV_OWNER", "PRIV_READER", "PRIV_OWNER", "DOC", "SELECT", "NO"),
    ]
    query = (
        "select grantor, grantee, table_schema, table_name, privilege, grantable from "
        "all_tab_privs "
        "where table_name = 'DOC' order by grantee, privilege"
    )
    assert sessions.run(sessions.reader, query) == expected
    third = ("PRIV_OWNER", "PRIV_THIRD", "PRIV_OWNER", "DOC", "SELECT", "YES")
    assert sessions.run(sessions.owner, query) == [*expected, third]
    assert sessions.run(
        sessions.third, "select owner, privilege, grantable from user_tab_privs_recd"
    ) == [("PRIV_OWNER", "SELECT", "YES")]
    roles = "select granted_role from user_role_privs order by 1"
    assert sessions.run(sessions.reader, roles) == [("CONNECT",), ("RESOURCE",)]
    assert sessions.run(sessions.reader, "select privilege from user_sys_privs order by 1") == [
        ("CREATE SYNONYM",),
        ("CREATE VIEW",),
    ]
    held = {row[0] for row in sessions.run(sessions.reader, "select privilege from session_privs")}
    assert {"CREATE SESSION", "CREATE TABLE", "CREATE VIEW"} <= held
    assert "SELECT ANY TABLE" not in held
    sessions.run(sessions.owner, "drop view bodies")
    sessions.run(sessions.owner, "drop table doc")
    assert sessions.run(sessions.reader, query) == []


def test_synonyms(sessions: Sessions) -> None:
    sessions.run(sessions.owner, "grant select, insert, update on doc to priv_reader")
    sessions.run(sessions.owner, "grant select on numbers to priv_reader")
    sessions.run(sessions.reader, "create synonym papers for priv_owner.doc")
    sessions.run(sessions.reader, "create synonym serial for priv_owner.numbers")
    assert sessions.run(sessions.reader, "select papers.body from papers where papers.id = 1") == [
        ("one",)
    ]
    sessions.run(
        sessions.reader, "insert into papers (id, body) select serial.nextval + 1, 'two' from dual"
    )
    sessions.run(sessions.reader, "update papers set body = 'zwei' where papers.id = 2")
    assert sessions.run(sessions.reader, "select body from priv_owner.doc where id = 2") == [
        ("zwei",)
    ]
    sessions.refused(sessions.reader, 955, "create synonym papers for priv_owner.bodies")
    sessions.refused(sessions.reader, 955, "create table papers (id number)")
    sessions.refused(sessions.reader, 1031, "create public synonym papers for priv_owner.doc")
    sessions.refused(sessions.third, 942, "select * from priv_reader.papers")
    query = "select table_owner, table_name from user_synonyms where synonym_name = 'PAPERS'"
    assert sessions.run(sessions.reader, query) == [("PRIV_OWNER", "DOC")]
    sessions.run(sessions.admin, "create public synonym all_papers for priv_owner.doc")
    assert sessions.run(sessions.reader, "select count(*) from all_papers") == [(2,)]
    sessions.refused(sessions.third, 942, "select count(*) from all_papers")
    sessions.run(sessions.reader, "drop synonym papers")
    sessions.refused(sessions.reader, 942, "select * from papers")
    sessions.refused(sessions.reader, 1434, "drop synonym papers")
    sessions.reader.commit()
    sessions.run(sessions.owner, "drop view bodies")
    sessions.run(sessions.owner, "drop table doc")
    sessions.refused(sessions.reader, 980, "select * from all_papers")
    sessions.run(sessions.admin, "drop public synonym all_papers")
