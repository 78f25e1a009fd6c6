"""The triggers of the legacy schema, and what is refused in a trigger."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest

from tests.oracle.conftest import WireServer

TRIGGER = "trigger numbered_trg before insert on numbered for each row"
BODIES = {
    "select": "select numbered_seq.nextval into :new.id from dual;",
    "assignment": ":NEW.ID := numbered_seq.NEXTVAL;",
    "schema": "SELECT TRAVELBUDDY.NUMBERED_SEQ.NEXTVAL INTO :new.id FROM sys.dual;",
}


@pytest.fixture(scope="module")
def session(oracle_server: WireServer) -> Iterator[oracledb.Connection]:
    with oracle_server.connect() as connection:
        cursor = connection.cursor()
        columns = "id number primary key, name varchar2(20), touched date, upper_ varchar2(20)"
        cursor.execute(f"create table numbered ({columns})")
        cursor.execute("create sequence numbered_seq start with 500")
        yield connection
        cursor.execute("drop table numbered")
        cursor.execute("drop sequence numbered_seq")


@pytest.fixture
def cursor(session: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with session.cursor() as cursor:
        yield cursor
        session.rollback()
        cursor.execute("select trigger_name from user_triggers where table_name = 'NUMBERED'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"drop trigger {name}")
        cursor.execute("truncate table numbered")


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_numbering_trigger_puts_its_number_over_the_id(
    cursor: oracledb.Cursor, body: str
) -> None:
    cursor.execute(f"create or replace {TRIGGER}\nbegin\n{body}\nend;")
    given = cursor.var(int)
    cursor.execute("insert into numbered (id, name) values (7, 'x') returning id into :1", [given])
    assert given.getvalue()[0] >= 500
    cursor.execute("alter trigger TRAVELBUDDY.numbered_trg disable")
    cursor.execute("insert into numbered (id, name) values (7, 'x')")
    assert cursor.execute("select count(*) from numbered where id = 7").fetchone() == (1,)
    cursor.execute("alter table numbered enable all triggers")
    cursor.executemany("insert into numbered (id, name) values (:1, 'many')", [(7,), (8,)])
    ids = [
        row[0]
        for row in cursor.execute(
            "select id from numbered where name = 'many' order by id"
        ).fetchall()
    ]
    assert ids[0] >= 500
    assert ids[1] == ids[0] + 1


def test_the_dictionary_tells_its_state(cursor: oracledb.Cursor) -> None:
    cursor.execute(f"create {TRIGGER} begin {BODIES['select']} end;")
    told = (
        "select owner, trigger_name, trigger_type, triggering_event, table_owner, table_name, "
        "status "
        "from all_triggers where table_name = 'NUMBERED'"
    )
    row = ("TRAVELBUDDY", "NUMBERED_TRG", "BEFORE EACH ROW", "INSERT", "TRAVELBUDDY", "NUMBERED")
    assert cursor.execute(told).fetchall() == [(*row, "ENABLED")]
    cursor.execute("alter trigger numbered_trg disable")
    assert cursor.execute(told).fetchall() == [(*row, "DISABLED")]
    with pytest.raises(
        oracledb.DatabaseError, match="ORA-04081: trigger 'NUMBERED_TRG' already exists"
    ):
        cursor.execute(f"create {TRIGGER} begin {BODIES['select']} end;")


def test_conditions_and_touching(cursor: oracledb.Cursor) -> None:
    cursor.execute(
        """create or replace trigger numbered_trg before insert or update on numbered for each row
        begin
          if inserting then
            if :new.id is null then :new.id := numbered_seq.nextval; end if;
          elsif :old.name <> :new.name then
            :new.upper_ := upper(:new.name) || '!';
          else
            null;
          end if;
          :new.touched := sysdate;
        end numbered_trg;"""
    )
    cursor.execute("insert into numbered (id, name) values (1, 'kept')")
    cursor.execute("insert into numbered (name) values ('given')")
    cursor.execute("update numbered set name = 'new' where id = 1")
    rows = cursor.execute("select id, name, upper_, touched from numbered order by id").fetchall()
    assert [row[:3] for row in rows] == [(1, "new", "NEW!"), (rows[1][0], "given", None)]
    assert rows[1][0] >= 500
    assert all(row[3] is not None for row in rows)


@pytest.mark.parametrize(
    "text",
    [
        "after insert on numbered for each row begin null; end;",
        "before delete on numbered for each row begin null; end;",
        "before insert on numbered begin null; end;",
        "before update of name on numbered for each row begin null; end;",
        "before insert on numbered for each row when (new.id > 0) begin null; end;",
        "before insert on numbered for each row declare x number; begin null; end;",
        "before insert on numbered for each row begin insert into numbered (id) values (1); end;",
        "before insert on numbered for each row begin select id into :new.id from numbered; end;",
        "before insert on numbered for each row begin raise_application_error(-20001, 'no'); end;",
        "before insert on numbered for each row begin :new.id := made_up(1); end;",
    ],
)
def test_any_other_trigger_is_refused(cursor: oracledb.Cursor, text: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001|ORA-00904"):
        cursor.execute(f"create or replace trigger other_trg {text}")
    assert cursor.execute(
        "select count(*) from user_triggers where trigger_name = 'OTHER_TRG'"
    ).fetchone() == (0,)
