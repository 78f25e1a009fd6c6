"""A database whose character set is not UTF-8: its bytes are counted, kept, shown and sorted as
that set has them.

Expected bytes and orders are those of Python's codecs, which know nothing of the server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

from lab.oracle.engine import open_engine
from lab.oracle.engine.errors import StoreError
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.waiting import LONG_SECONDS

#: syllables of KS X 1001, those that code page 949 adds before them, Hanja, kana, ASCII
WORDS = ["가", "각", "갂", "갃", "힣", "뷁", "A", "z", "漢", "€", "ア", "가가", "갂a"]
CODECS = {"KO16MSWIN949": ("cp949", "?"), "WE8MSWIN1252": ("cp1252", "¿")}


class Database:
    """A server with one character set and a session of it."""

    def __init__(
        self, name: str, connection: oracledb.Connection, store: dict[str, object]
    ) -> None:
        self.name = name
        self.codec, self.replacement = CODECS[name]
        self.cursor = connection.cursor()
        self.store = store

    def value(self, expression: str, **binds: object) -> object:
        (found,) = self.cursor.execute(f"select {expression} from dual", binds).fetchone()
        return found

    def column(self, query: str, **binds: object) -> list[object]:
        return [row[0] for row in self.cursor.execute(query, binds)]

    def refused(self, statement: str, **binds: object) -> str:
        with pytest.raises(oracledb.DatabaseError) as caught:
            self.cursor.execute(statement, binds)
        return str(caught.value).splitlines()[0]

    def kept(self, text: str) -> str:
        """What is left of a text once it is there."""
        return "".join(c if _can(c, self.codec) else self.replacement for c in text)


def _can(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@pytest.fixture(scope="module", params=CODECS)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        directory: Path = tmp_path_factory.mktemp("oracle")
        server = start_server(directory, cluster, charset=request.param)
        store = {
            "host": cluster.host,
            "port": cluster.port,
            "user": cluster.user,
            "database": STORE_DATABASE,
        }
        with server.connect() as connection:
            found = Database(request.param, connection, store | {"password": cluster.password})
            for statement in (
                "create table kept (id number primary key, a varchar2(10), c varchar2(5 char), f "
                "char(6), "
                "n nvarchar2(10), l clob)",
                "create table words (word varchar2(20) primary key, same char(8), n nvarchar2(20))",
            ):
                found.cursor.execute(statement)
            for word in WORDS if request.param.startswith("KO") else ["é", "z", "€", "A", "ÿ", "Ž"]:
                found.cursor.execute("insert into words values (:1, :1, :1)", [word, word, word])
            yield found
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


def test_the_database_names_its_character_set(database: Database) -> None:
    for view in ("nls_database_parameters", "v$nls_parameters"):
        assert database.column(
            f"select value from {view} where parameter = 'NLS_CHARACTERSET'"
        ) == [database.name]
    assert (
        database.value("sys_context('userenv', 'language')") == f"AMERICAN_AMERICA.{database.name}"
    )


def test_what_the_set_lacks_is_replaced_and_national_text_keeps_it(database: Database) -> None:
    text = "가é€😀漢"
    sql = "insert into kept (id, a, f, n, l) values (1, :t, 'x', :t, :t)"
    database.cursor.execute(sql, t=text)
    (row,) = database.cursor.execute("select a, n, l from kept where id = 1").fetchall()
    kept = database.kept(text)
    assert kept != text
    assert (row[0], row[1], row[2].read()) == (kept, text, kept)
    # so it is when it comes from national text, too
    database.cursor.execute("insert into kept (id, a) select 2, n from kept where id = 1")
    assert database.column("select a from kept where id = 2") == [kept]
    database.cursor.execute("delete from kept")


def test_bytes_are_those_of_the_set(database: Database) -> None:
    text = "가나A" if database.name.startswith("KO") else "é€A"
    encoded = text.encode(database.codec)
    assert database.value("lengthb(:t)", t=text) == len(encoded)
    assert database.value("vsize(:t)", t=text) == len(encoded)
    assert database.value("rawtohex(:t)", t=text) == encoded.hex().upper()
    assert database.value("utl_raw.cast_to_raw(:t)", t=text) == encoded
    assert database.value("utl_raw.cast_to_varchar2(:r)", r=encoded) == text
    assert (
        database.value("dump(:t)", t=text)
        == f"Typ=1 Len={len(encoded)}: {','.join(map(str, encoded))}"
    )
    assert database.value("standard_hash(:t, 'SHA1')", t=text) == hashlib.sha1(encoded).digest()
    code = int.from_bytes(text[0].encode(database.codec), "big")
    assert database.value("ascii(:t)", t=text) == code
    assert database.value(f"chr({code})") == text[0]


def test_sizes_count_the_sets_bytes(database: Database) -> None:
    letter = "가" if database.name.startswith("KO") else "€"
    most = 10 // len(letter.encode(database.codec))
    sql = "insert into kept (id, a, c, f) values (3, :t, :c, :f)"
    database.cursor.execute(sql, t=letter * most, c=letter * 5, f=letter)
    assert database.column("select lengthb(a) from kept where id = 3") == [10]
    assert database.column("select lengthb(f) from kept where id = 3") == [6]
    for column, size, actual in (("A", most + 1, 10 * (most + 1) // most), ("C", 6, 6)):
        maximum = 10 if column == "A" else 5
        told = database.refused(f"insert into kept (id, {column}) values (4, :t)", t=letter * size)
        assert told.endswith(f'"KEPT"."{column}" (actual: {actual}, maximum: {maximum})')
    database.cursor.execute("delete from kept")


def test_the_order_is_that_of_the_bytes(database: Database) -> None:
    words = database.column("select word from words")
    by_bytes = sorted(words, key=lambda word: word.encode(database.codec))
    assert by_bytes != sorted(words)
    for column in ("word", "same"):
        found = database.column(f"select rtrim({column}) from words order by {column}")
        assert found == by_bytes
        assert (
            database.column(f"select rtrim({column}) from words order by {column} desc")
            == by_bytes[::-1]
        )
        extremes = database.cursor.execute(
            f"select rtrim(min({column})), rtrim(max({column})) from words"
        ).fetchone()
        assert extremes == (by_bytes[0], by_bytes[-1])
    assert database.column("select word from words group by word order by 1") == by_bytes
    ranked = (
        "select word from (select word, row_number() over (order by word) n from words) order by n"
    )
    assert database.column(ranked) == by_bytes
    between = "select word from words where word > :low and word <= :high order by word"
    assert database.column(between, low=by_bytes[0], high=by_bytes[-2]) == by_bytes[1:-1]
    # national text goes by its code points
    assert database.column("select n from words order by n") == sorted(words)


def test_a_key_is_unique_and_found(database: Database) -> None:
    words = database.column("select word from words")
    for word in words:
        assert database.column("select word from words where word = :w", w=word) == [word]
    assert database.refused("insert into words (word) values (:w)", w=words[0]).startswith(
        "ORA-00001"
    )


def test_a_store_keeps_its_set(database: Database) -> None:
    users = {"A": {"password": "x"}}
    with pytest.raises(StoreError, match=f"has the character set {database.name}, not AL32UTF8"):
        open_engine({"store": database.store, "users": users, "charset": "AL32UTF8"})
    with pytest.raises(ValueError, match="'KLINGON' is no character set"):
        open_engine({"store": database.store, "users": users, "charset": "KLINGON"})
