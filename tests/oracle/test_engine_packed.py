"""Whole rows rewritten at once: against the encodings of single values, which other tests hold
against the rules.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.oracle.engine import packed, pgcodec
from lab.oracle.engine.numbers import number_of_numeric, numeric_of_number
from lab.oracle.interface import Column, OracleError, OraType
from lab.oracle.scalars import decode_number, encode_date, encode_number, encode_timestamp
from lab.oracle.wire.buffer import Reader
from lab.oracle.wire.rows import RowEncoder
from tests.oracle.conftest import WireServer

EPOCH = datetime(2000, 1, 1)
ROW_MARK = 7

numbers = st.one_of(
    st.integers(-(10**35), 10**35),
    st.integers(-10_001, 10_001),
    st.sampled_from([0, 100, -100, 10**4, 10**8, -(10**16), 10**38, 10**40]),
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=7
    ),
)
texts = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([0, 252, 253, 255, 256, 511, 4000]).map(lambda size: b"x" * size),
)
moments = st.one_of(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
        lambda value: value.replace(microsecond=0)
    ),
)


def binary_numeric(value: int | Decimal) -> bytes:
    """PostgreSQL's documented layout, from decimal digits."""
    sign, digits, exponent = Decimal(value).as_tuple()
    text = "".join(map(str, digits)) + "0" * max(exponent, 0)
    scale = max(-exponent, 0)
    text = text.rjust(scale + 1, "0")
    whole, fraction = (text[:-scale], text[-scale:]) if scale else (text, "")
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups = [int((whole + fraction)[at : at + 4]) for at in range(0, len(whole + fraction), 4)]
    weight = len(whole) // 4 - 1
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    while groups and groups[-1] == 0:
        groups.pop()
    is_zero = not groups
    return struct.pack(
        f">hhHH{len(groups)}h",
        len(groups),
        0 if is_zero else weight,
        0x4000 if sign and groups else 0,
        scale,
        *groups,
    )


def binary_timestamp(value: datetime) -> bytes:
    return ((value - EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True)


#: converter, strategy of values, value -> the store's binary, value -> wire scalar
KINDS = {
    "number": (number_of_numeric, numbers, binary_numeric, encode_number),
    "text": (pgcodec.unchanged, texts, bytes, lambda value: value or None),
    "date": (pgcodec.date_from_timestamp, moments, binary_timestamp, encode_date),
    "timestamp": (pgcodec.timestamp_from_timestamp, moments, binary_timestamp, encode_timestamp),
}


def packed_row(values: list[bytes | None]) -> bytes:
    """The layout of record_send."""
    fields = [
        struct.pack(">ii", 25, -1) if v is None else struct.pack(">ii", 25, len(v)) + v
        for v in values
    ]
    return struct.pack(">i", len(values)) + b"".join(fields)


def read_rows(data: bytes, width: int) -> list[list[bytes | None]]:
    reader, rows = Reader(data), []
    while not reader.exhausted:
        assert reader.u8() == ROW_MARK
        rows.append([reader.clr() for _ in range(width)])
    return rows


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[object]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    row = st.tuples(*(st.none() | KINDS[kind][1] for kind in kinds))
    return kinds, [list(values) for values in draw(st.lists(row, min_size=1, max_size=8))]


@settings(max_examples=60, deadline=None)
@given(tables())
def test_packed_rows_say_what_single_values_say(
    table: tuple[list[str], list[list[object]]],
) -> None:
    kinds, rows = table
    # few different rows, many rows: numpy works on all of them at once
    rows = rows * (packed.FEW_ROWS // len(rows) + 1)
    raws = [
        packed_row(
            [None if v is None else KINDS[kind][2](v) for kind, v in zip(kinds, row, strict=True)]
        )
        for row in rows
    ]
    wanted = [
        [None if v is None else KINDS[kind][3](v) for kind, v in zip(kinds, row, strict=True)]
        for row in rows
    ]
    converters = [KINDS[kind][0] for kind in kinds]

    made = packed.PackedRows(raws, converters)

    data = made.row_data()
    if data is not None:
        assert read_rows(data, len(kinds)) == wanted
    else:
        assert any(isinstance(v, int) and abs(v) >= 10**36 for row in rows for v in row)
    assert [list(row) for row in made] == wanted


@given(numbers)
def test_numbers_by_table_equal_the_general_way(value: int | Decimal) -> None:
    wire = encode_number(value)
    raw = binary_numeric(decode_number(wire))
    assert number_of_numeric(raw) == wire
    assert number_of_numeric(numeric_of_number(wire)) == wire
    assert numeric_of_number(wire) == pgcodec.numeric_from_number(wire)


def test_a_slice_of_packed_rows_holds_those_rows() -> None:
    raws = [packed_row([str(n).encode()]) for n in range(200)]
    part = packed.PackedRows(raws, [pgcodec.unchanged])[150:]
    assert len(part) == 50
    assert [row for (row,) in part] == [str(n).encode() for n in range(150, 200)]


def test_what_a_number_cannot_hold_is_an_error_among_many_rows() -> None:
    raws = [packed_row([struct.pack(">hhHH", 0, 0, 0, 0)])] * 99
    raws.append(packed_row([struct.pack(">hhHH", 0, 0, 0xC000, 0)]))
    with pytest.raises(OracleError, match="ORA-01722"):
        packed.PackedRows(raws, [number_of_numeric])


def test_rows_that_the_client_wants_as_long_are_unpacked() -> None:
    raws = [packed_row([b"text"])] * 100
    column = Column("C", OraType.LONG, 4000, csfrm=1)
    encoder = RowEncoder((column,), (), lobs=None)
    assert encoder.encode(packed.PackedRows(raws, [pgcodec.unchanged])) == b"\x07\x04text\0\0" * 100


@pytest.mark.parametrize(
    ("kind", "csfrm", "size", "answer"),
    [
        (OraType.VARCHAR2, 1, 40, True),
        (OraType.VARCHAR2, 2, 80, False),
        (OraType.VARCHAR2, 1, 0, False),
        (OraType.CLOB, 1, 4000, False),
        (OraType.LONG, 1, 4000, False),
    ],
)
def test_only_what_goes_out_as_it_is_comes_packed(
    kind: OraType, csfrm: int, size: int, answer: bool
) -> None:
    assert packed.can_pack((Column("C", kind, size, csfrm=csfrm),), (pgcodec.unchanged,)) is answer


def test_every_value_of_a_large_result_arrives(oracle_server: WireServer) -> None:
    """Text of every length class, national text, numbers and moments, NULLs among them, over many
    packets.
    """
    with oracle_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "create table wide (id number, short varchar2(20), long_one varchar2(4000), nat "
            "nvarchar2(40), "
            "amount number, day date, moment timestamp(6))"
        )
        rows = [
            (
                n,
                f"row {n}" if n % 3 else None,
                "x" * (n * 37 % 4000) or None,
                f"{n} é",
                -n if n % 2 else n * 10**20,
                datetime(1900, 1, 1) + timedelta(days=n * 11, seconds=n),
                datetime(2024, 2, 29) + timedelta(microseconds=n % 5 * 250_000) if n % 7 else None,
            )
            for n in range(3000)
        ]
        cursor.setinputsizes(None, None, None, None, None, None, connection_type())
        cursor.executemany("insert into wide values (:1, :2, :3, :4, :5, :6, :7)", rows)
        cursor.arraysize = 700
        try:
            with_national = cursor.execute("select * from wide order by id").fetchall()
            plain = cursor.execute(
                "select id, short, long_one, amount, day, moment from wide where id >= :1 order "
                "by id",
                [10],
            ).fetchall()
        finally:
            cursor.execute("drop table wide")
    assert with_national == rows
    assert plain == [(*row[:3], *row[4:]) for row in rows[10:]]


def connection_type() -> object:
    """TIMESTAMP, as which a datetime keeps its fraction."""
    import oracledb

    return oracledb.DB_TYPE_TIMESTAMP
