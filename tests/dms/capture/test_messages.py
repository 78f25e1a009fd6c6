"""What the three output plugins send, read from messages written by hand."""

from __future__ import annotations

import struct
from decimal import Decimal

import pytest

from lab.dms.capture.assembler import StreamError
from lab.dms.capture.literals import array_of, moment, number, record_of
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.ground.changes import Change, Transaction
from tests.dms.capture.streams import TABLE, binary, selection, text_decoding, types


def read(*lines: str, **tables: SourceTable) -> Transaction:
    assembler = text_decoding(selection(*tables.values()) if tables else None)
    assert assembler.feed("BEGIN 735", 1) is None
    for line in lines:
        assert assembler.feed(line, 2) is None
    return assembler.feed("COMMIT 735 (at 2026-11-21 12:00:00.5+00)", 99)


def test_test_decoding_rows() -> None:
    found = read(
        "table s.t: INSERT: id[integer]:1 a[text]:'it''s [a]:b\nnew-tuple: '",
        "table s.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 "
        "a[text]:unchanged-toast-datum",
        "table s.t: DELETE: id[integer]:2",
    )
    assert (found.xid, found.end_lsn, found.commit_time) == (735, 99, "2026-11-21 12:00:00.5+00")
    assert found.changes == (
        Change("I", "s", "t", {"id": 1, "a": "it's [a]:b\nnew-tuple: "}),
        Change("U", "s", "t", {"id": 2}, {"id": 1, "a": None}),
        Change("D", "s", "t", {}, {"id": 2, "a": None}),
    )


def test_test_decoding_types() -> None:
    [change] = read(
        "table s.t: INSERT: n[numeric]:12345678901234567890.10 b[boolean]:true "
        "l[integer[]]:'{1,NULL}' "
        'd[s.amount]:\'1.50\' "Q q"["S".pair]:\'(1,"a b")\' z[timestamp with time '
        "zone]:'2026-01-01 00:00:00+00' "
        "j[jsonb]:'{\"k\": 1.10}' e[text]:'' x[text]:null bits[bit]:B'101'"
    ).changes
    assert change.new == {
        "n": Decimal("12345678901234567890.10"),
        "b": True,
        "l": [1, None],
        "d": Decimal("1.50"),
        "Q q": {"x": 1, "y": "a b"},
        "z": "2026-01-01T00:00:00+00:00",
        "j": {"k": Decimal("1.10")},
        "e": "",
        "x": None,
        "bits": "101",
    }


def test_test_decoding_truncate_and_quoted_names() -> None:
    quoted = SourceTable('S"x', "T.t", (SourceColumn("id", "int4"),), ("id",))
    found = read(
        'table s.t, "S""x"."T.t": TRUNCATE: (no-flags)',
        'table "S""x"."T.t": INSERT: id[integer]:1',
        q=quoted,
    )
    assert found.truncated == (("s", "t"), ('S"x', "T.t"))
    assert found.changes == (Change("I", 'S"x', "T.t", {"id": 1}),)


def test_what_is_not_the_task_s_is_dropped() -> None:
    lines = ("pglogical.queue", "public.awsdms_heartbeat", "s.awsdms_ddl_audit")
    assert (
        read(
            *(f"table {name}: INSERT: id[integer]:1" for name in lines), "message: sz: 1 content:x"
        ).changes
        == ()
    )


def test_updates_and_deletes_without_a_key_are_ignored() -> None:
    keyless = SourceTable("s", "t", TABLE.columns)
    found = read(
        "table s.t: INSERT: id[integer]:1 a[text]:'x'",
        "table s.t: UPDATE: id[integer]:1 a[text]:'y'",
        "table s.t: DELETE: (no-tuple-data)",
        t=keyless,
    )
    assert [change.operation for change in found.changes] == ["I"]
    full = SourceTable("s", "t", TABLE.columns, (), "f")
    found = read(
        "table s.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:1 a[text]:'y'", t=full
    )
    assert found.changes == (Change("U", "s", "t", {"id": 1, "a": "y"}, {"id": 1, "a": None}),)


def test_a_changed_row_shape_is_a_changed_catalogue() -> None:
    assembler = text_decoding()
    for lines, changed in (
        ("id[integer]:1", False),
        ("id[integer]:2", False),
        ("id[integer]:2 b[text]:'x'", True),
    ):
        assembler.feed("BEGIN 1", 1)
        assembler.feed(f"table s.t: INSERT: {lines}", 1)
        assert (
            assembler.feed("COMMIT 1 (at 2026-11-21 12:00:00+00)", 2).catalogue_changed is changed
        )


@pytest.mark.parametrize(
    "line", ["nonsense", "table s.t: MERGE: x", "table s.t: INSERT: id[integer]", "COMMIT 1"]
)
def test_what_test_decoding_does_not_say_is_refused(line: str) -> None:
    assembler = text_decoding()
    assembler.feed("BEGIN 1", 1)
    with pytest.raises(StreamError):
        assembler.feed(line, 1)


BEGIN = b"B" + struct.pack(">QqI", 90, 1_000_000, 735)
COMMIT = b"C" + struct.pack(">BQQq", 0, 90, 99, 0)
RELATION = b"R" + struct.pack(">I", 7) + b"s\0t\0d" + struct.pack(">H", 2)
RELATION += b"\1id\0" + struct.pack(">Ii", 23, -1) + b"\0a\0" + struct.pack(">Ii", 25, -1)


def row(*values: bytes | str | None) -> bytes:
    """A tuple; ``u`` is a value that is not told."""
    parts = [struct.pack(">H", len(values))]
    for value in values:
        kind = (
            b"n"
            if value is None
            else b"u"
            if value == "u"
            else b"t" + struct.pack(">I", len(value))
        )
        parts.append(kind + (value if isinstance(value, bytes) else b""))
    return b"".join(parts)


def test_pgoutput_rows() -> None:
    assembler = binary()
    relation = struct.pack(">I", 7)
    messages = (
        BEGIN,
        RELATION,
        b"I" + relation + b"N" + row(b"1", "é".encode()),
        b"U" + relation + b"N" + row(b"1", "u"),
        b"U" + relation + b"K" + row(b"1", None) + b"N" + row(b"2", None),
        b"D" + relation + b"K" + row(b"2", None),
        b"T" + struct.pack(">IB", 1, 0) + relation,
    )
    assert [assembler.feed(message) for message in messages] == [None] * len(messages)
    found = assembler.feed(COMMIT)
    assert (found.xid, found.end_lsn, found.commit_time) == (735, 99, "2000-01-01 00:00:01+00")
    assert found.truncated == (("s", "t"),)
    assert found.changes == (
        Change("I", "s", "t", {"id": 1, "a": "é"}),
        Change("U", "s", "t", {"id": 1}),
        Change("U", "s", "t", {"id": 2, "a": None}, {"id": 1, "a": None}),
        Change("D", "s", "t", {}, {"id": 2, "a": None}),
    )


@pytest.mark.parametrize(
    "message",
    [b"", b"?", b"B", b"I" + struct.pack(">I", 8) + b"N", b"I" + struct.pack(">I", 7) + b"N\0\1n"],
)
def test_what_pgoutput_does_not_say_is_refused(message: bytes) -> None:
    assembler = binary()
    assembler.feed(BEGIN)
    assembler.feed(RELATION)
    with pytest.raises(StreamError):
        assembler.feed(message)


def test_literals() -> None:
    assert [number(text) for text in ("1", "-1.50", "1e+20", "NaN", "Infinity")] == [
        1,
        Decimal("-1.50"),
        Decimal("1E+20"),
        "NaN",
        "Infinity",
    ]
    assert moment("0044-03-15 12:00:00+00 BC") == "0044-03-15T12:00:00+00:00 BC"
    assert moment("2026-01-01 00:00:00.5") == "2026-01-01T00:00:00.5"
    assert moment("-infinity") == "-infinity"
    assert array_of(None)('{"a,b",NULL,"NULL","q\\"\\\\",{}}'[:-4] + "}") == [
        "a,b",
        None,
        "NULL",
        'q"\\',
    ]
    assert array_of(number)("[0:1][1:2]={{1,2},{3,NULL}}") == [[1, 2], [3, None]]
    assert array_of(None)("{}") == []
    assert record_of((("a", number), ("b", None), ("c", None)))('(,"x ""y"" ,",)') == {
        "a": None,
        "b": 'x "y" ,',
        "c": None,
    }
    assert types().by_oid(12345) is None
