"""Integers, CLRs and packets: what one side writes the other reads, wherever packets cut it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.oracle.interface import OracleError
from lab.oracle.wire import packets
from lab.oracle.wire.buffer import (
    MAX_SHORT_LENGTH,
    NeedMoreError,
    ProtocolError,
    Reader,
    clr,
    dalc,
    sb,
    text,
    ub,
)
from lab.oracle.wire.constants import Packet
from lab.oracle.wire.replies import Outcome, error_record

lengths_around_the_limits = st.sampled_from(
    [0, 1, 252, 253, 254, 255, 256, 32766, 32767, 32768, 70000]
)


@given(st.integers(0, 2**64 - 1))
def test_unsigned_integers_survive(value: int) -> None:
    encoded = ub(value)
    assert Reader(encoded).ub() == value
    assert encoded[0] in (0, 1, 2, 4, 8)
    assert len(encoded) == 1 + encoded[0]


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_integers_survive(value: int) -> None:
    assert Reader(sb(value)).sb() == value


def test_integers_of_odd_widths_are_read() -> None:
    assert Reader(bytes.fromhex("03010000")).ub() == 65536
    assert Reader(bytes.fromhex("820100")).sb() == -256


def test_integers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        ub(2**64)
    with pytest.raises(ProtocolError, match="9 bytes"):
        Reader(b"\x09" + bytes(9)).ub()


@given(lengths_around_the_limits, st.binary(min_size=1, max_size=1))
def test_values_of_every_length_survive(length: int, byte: bytes) -> None:
    value = byte * length
    expected = value or None
    reader = Reader(clr(value) + dalc(value) + b"end")
    assert reader.clr() == expected
    assert reader.dalc() == expected
    assert reader.raw(3) == b"end"


def test_only_long_values_are_sent_in_chunks() -> None:
    assert clr(bytes(MAX_SHORT_LENGTH))[0] == MAX_SHORT_LENGTH
    assert clr(bytes(MAX_SHORT_LENGTH + 1))[0] == 254


def test_null_has_three_forms() -> None:
    for null in (b"\x00", b"\xff", b"\xfd\x01"):
        reader = Reader(null + b"x")
        assert reader.clr() is None
        assert reader.raw(1) == b"x"


@given(
    st.binary(max_size=700),
    st.integers(0, 2**40),
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
)
def test_a_request_may_be_cut_anywhere(value: bytes, number: int, cuts: list[int]) -> None:
    stream = clr(value) + ub(number) + text("Grüße") + sb(-number)
    pieces = []
    for cut in cuts:
        pieces.append(stream[:cut])
        stream = stream[cut:]
    pieces.append(stream)
    pieces = [piece for piece in pieces if piece]
    reader = Reader(more=lambda: pieces.pop(0))
    assert (reader.clr(), reader.ub(), reader.dalc(), reader.sb()) == (
        value or None,
        number,
        "Grüße".encode(),
        -number,
    )
    assert reader.exhausted


def test_a_buffer_that_ends_too_early_says_so() -> None:
    with pytest.raises(NeedMoreError):
        Reader(b"\x05abc").clr()


@given(st.binary(max_size=300), st.integers(11, 64))
def test_a_message_is_cut_into_packets_of_at_most_an_sdu(payload: bytes, sdu: int) -> None:
    stream = packets.encode_data(payload, large=True, sdu=sdu)
    joined = b""
    while stream:
        length, kind = packets.header(stream, 0, large=True)
        assert kind is Packet.DATA
        assert length <= sdu
        joined += stream[10:length]
        stream = stream[length:]
    assert joined == payload


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01", bytes(8), b"\xff" * 8]
)
def test_what_is_no_packet_shows_in_its_header(garbage: bytes) -> None:
    with pytest.raises(ProtocolError):
        packets.header(garbage, 0, large=False)


def test_connect_values_are_found_in_any_spelling() -> None:
    data = "(DESCRIPTION=(CONNECT_DATA=( service_name = XE )(CID=(PROGRAM=x)))(ADDRESS=(HOST=h)))"
    assert packets.connect_value(data, "SERVICE_NAME") == "XE"
    assert packets.connect_value(data, "SID") is None


def test_an_error_record_carries_code_text_cursor_and_transaction() -> None:
    error = OracleError(942, "table or view does not exist", 14)
    reader = Reader(error_record(Outcome(True, cursor_id=300, rowcount=7, error=error)))
    assert reader.u8() == 4
    assert reader.ub() == 2
    assert [reader.ub() for _ in range(6)] == [0, 7, 942, 0, 0, 300]
    assert reader.sb() == 14
    reader.skip("pppppp" + "iipii" + "ipp" + "iii" + "iii")
    assert (reader.ub(), reader.ub()) == (942, 7)
    assert reader.clr() == b"ORA-00942: table or view does not exist\n"
    assert reader.exhausted
