"""Statements scanned as clients scan them, and requests parsed from bytes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.oracle.interface import OraType
from lab.oracle.wire import piggybacks, requests
from lab.oracle.wire.binds import Descriptor, parse_rows, wire_order
from lab.oracle.wire.buffer import NeedMoreError, ProtocolError, Reader, clr, dalc, ub
from lab.oracle.wire.scan import scan


@pytest.mark.parametrize(
    ("statement", "returning"),
    [
        ("select :a, :b, :a from dual", (False, False, False)),
        ("insert into t values (:1, :2) returning id into :3", (False, False, True)),
        ("update t set a = :a where b = 'x:y' returning a, b into :c, :d", (False, True, True)),
        ("begin :a := :b + :a; end;", (False, False)),
        ("select ':no', \":no\" /* :no */ -- :no\n , :yes from t", (False,)),
        ("select q'[it's :no]', nq'{:no}', :yes from t", (False,)),
        ("insert into t values (json_object('a':1), :x)", (False,)),
        ('select : spaced, :"Quoted x", :n$1# from t', (False, False, False)),
        ("insert into returning_log values (:1)", (False,)),
        ("select a into from t where returning = :x", (False,)),
    ],
)
def test_binds_are_found_as_the_client_finds_them(
    statement: str, returning: tuple[bool, ...]
) -> None:
    assert scan(statement).returning == returning


def test_the_first_word_decides_what_a_statement_is() -> None:
    assert scan("  /* insert */ (select 1 from dual)").is_query
    assert scan("with x as (select 1 from dual) select * from x").is_query
    assert scan("declare x number; begin null; end;").is_plsql
    assert scan("merge into t using d on (1=1) when matched then update set a = 1").is_dml
    assert not scan("create table t (a number)").is_dml


@example(':""')
@given(st.text(alphabet="select':\"qQ[](){}-/* \nabc1", max_size=60))
def test_scanning_any_text_comes_to_an_end(statement: str) -> None:
    assert len(scan(statement).returning) <= statement.count(":")


def test_long_binds_come_last_and_receiving_ones_not_at_all() -> None:
    binds = tuple(Descriptor(OraType.VARCHAR2, size, 1) for size in (40000, 10, 10, 40000))
    assert wire_order(binds, (False, False, True, False), plsql=False) == (1, 0, 3)
    assert wire_order(binds, (), plsql=True) == (0, 1, 2, 3)


@given(
    st.lists(
        st.lists(st.none() | st.binary(min_size=1, max_size=400), min_size=3, max_size=3),
        max_size=8,
    )
)
def test_rows_of_binds_survive_being_cut_into_packets(rows: list[list[bytes | None]]) -> None:
    stream = b"".join(b"\x07" + b"".join(map(clr, row)) for row in rows) + b"end"
    pieces = [stream[i : i + 37] for i in range(0, len(stream), 37)]
    reader = Reader(more=lambda: pieces.pop(0))
    binds = tuple(Descriptor(OraType.RAW, 400, 0) for _ in range(3))
    assert parse_rows(reader, binds, (2, 0, 1), len(rows)) == [
        [row[1], row[2], row[0]] for row in rows
    ]
    assert reader.raw(3) == b"end"


def test_a_row_without_its_mark_is_refused() -> None:
    binds = (Descriptor(OraType.NUMBER, 22, 0),)
    with pytest.raises(ProtocolError, match="row of binds"):
        parse_rows(Reader(b"\x08\x01\x80"), binds, (0,), 1)


def test_an_unknown_bind_type_is_refused_at_once() -> None:
    with pytest.raises(ProtocolError, match="type 58"):
        parse_rows(Reader(b"\x07\x01\x80"), (Descriptor(58, 22, 0),), (0,), 1)


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        (105, b"\x01" + ub(2) + ub(7) + ub(300), piggybacks.CloseCursors((7, 300))),
        (120, b"\x01" + ub(1) + ub(9), piggybacks.CancelCursors((9,))),
        (152, b"\x01" + dalc(b"HR"), piggybacks.SetSchema("HR")),
        (176, ub(0x44), piggybacks.Ignored()),
        (
            154,
            b"\x01"
            + ub(2)
            + b"\x01"
            + ub(1)
            + ub(1)
            + b"\0"
            + clr(b"NS")
            + dalc(b"k")
            + dalc(b"v")
            + ub(0),
            piggybacks.SetContext("NS", {"k": "v"}),
        ),
    ],
)
def test_piggybacks_end_where_their_fields_end(
    code: int, body: bytes, expected: piggybacks.Piggyback
) -> None:
    reader = Reader(bytes((code, 1)) + body + b"\x03")
    assert piggybacks.parse_piggyback(reader) == expected
    assert reader.raw(1) == b"\x03"


def test_lobs_to_free_are_bare_locators() -> None:
    locators = (b"a" * 40, b"b" * 40)
    fields = b"\x01" + ub(80) + bytes(7) + ub(0x80111) + bytes(11)
    reader = Reader(bytes((96, 1)) + fields + b"".join(locators) + b"\x03")
    assert piggybacks.parse_piggyback(reader) == piggybacks.FreeLobs(locators)
    assert reader.raw(1) == b"\x03"


def test_an_empty_tracing_attribute_leaves_a_zero_byte_behind() -> None:
    head = (
        b"\0\0"
        + ub(0x18)
        + b"\0\0"
        + b"\x01"
        + ub(1)
        + b"\x01\0"
        + bytes(4)
        + b"\0\0"
        + bytes(4)
        + b"\0\0"
    )
    reader = Reader(bytes((135, 1)) + head + clr(b"m") + b"\0" + b"\x03")
    assert piggybacks.parse_piggyback(reader) == piggybacks.SetAttributes(
        {"module": "m", "action": None}
    )
    assert reader.raw(1) == b"\x03"


def test_all_tracing_attributes_at_once() -> None:
    lengths = (
        [b"\x01" + ub(1)] * 4 + [b"\0\0"] + [b"\x01" + ub(1)] + [b"\0\0"] * 2 + [b"\x01" + ub(1)]
    )
    texts = b"".join(clr(b"%d" % number) for number in range(6))
    reader = Reader(bytes((135, 1)) + b"\0\0" + ub(0x1FF) + b"".join(lengths) + texts + b"\x03")
    assert piggybacks.parse_piggyback(reader) == piggybacks.SetAttributes(
        {"client_identifier": "0", "module": "1", "action": "2", "client_info": "4"}
    )
    assert reader.raw(1) == b"\x03"


def test_an_unknown_piggyback_cannot_be_skipped() -> None:
    with pytest.raises(ProtocolError, match="piggyback 200"):
        piggybacks.parse_piggyback(Reader(bytes((200, 1)) + bytes(50)))


@given(st.sampled_from([4, 5, 9, 78, 94, 96]), st.binary(max_size=200))
def test_garbage_is_refused_or_incomplete_but_never_a_fault(function: int, garbage: bytes) -> None:
    try:
        call = requests.parse_call(Reader(garbage), function, lambda _: None)
    except (ProtocolError, NeedMoreError):
        return
    assert isinstance(call, requests.Call)


@given(st.sampled_from([96, 105, 120, 135, 152, 154, 176]), st.binary(max_size=200))
def test_garbage_in_piggybacks_is_refused_or_incomplete(code: int, garbage: bytes) -> None:
    try:
        piggyback = piggybacks.parse_piggyback(Reader(bytes((code, 1)) + garbage))
    except (ProtocolError, NeedMoreError):
        return
    assert isinstance(piggyback, piggybacks.Piggyback)
