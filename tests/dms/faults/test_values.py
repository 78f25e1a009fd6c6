"""Faults that change single values, each through the whole way from PostgreSQL to the target."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from lab.dms.faults import FaultUnknown, active_faults
from tests.dms.faults.bench import Bench

NO_NUMBER = "ORA-01722: invalid number"


@dataclass(frozen=True)
class Case:
    """A literal written to one column of a sample, what arrives with the fault on, and what
    without.
    """

    fault: str
    column: str
    written: str
    on: Any
    off: Any
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.fault


def moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)


CASES = (
    Case("supplementary_character_lost", "name", "'a😀b😀가'", "ab😀가", "a😀b😀가"),
    Case("trailing_blanks_trimmed", "name", "' a  '", " a", " a  "),
    Case("leading_zeros_lost", "code", "'00702'", "702", "00702"),
    Case("mojibake", "name", "'café'", "cafÃ©", "café"),
    Case("question_marks", "name", "'café 서울 😀'", "café ?? ?", "café 서울 😀"),
    Case("question_marks", "name", "'café 서울'", "caf? ??", "café 서울", {"charset": "ascii"}),
    Case("characters_normalised", "name", "E'cafe\\u0301'", "café", "cafe\u0301"),
    Case("case_folded", "name", "'London'", "LONDON", "London"),
    Case("line_breaks_lost", "name", "E'a\\r\\nb'", "a\nb", "a\r\nb"),
    Case(
        "text_cut_to_characters",
        "name",
        "'Buenos Aires é'",
        "Buenos Aires ",
        "Buenos Aires é",
        {"characters": 13},
    ),
    Case("text_cut_to_bytes", "name", "'ééé'", "éé", "ééé", {"bytes": 5}),
    Case("empty_text_as_blank", "name", "''", " ", None),
    Case("blank_text_as_null", "name", "'  '", None, "  "),
    Case("text_nulled", "name", "'a'", None, "a"),
    Case(
        "large_numbers_rounded",
        "amount",
        "1234567890123456789",
        1234567890123460000,
        1234567890123456789,
    ),
    Case("numbers_rounded", "price", "0.12345678", Decimal("0.123457"), Decimal("0.12345678")),
    Case("numbers_cut", "price", "0.119", Decimal("0.11"), Decimal("0.119")),
    Case(
        "numbers_through_float",
        "price",
        "0.1",
        Decimal("0.1000000000000000055511151231257827"),
        Decimal("0.1"),
    ),
    Case("numbers_through_float", "amount", "9007199254740993", 9007199254740992, 9007199254740993),
    Case("decimal_comma", "price", "1.5", NO_NUMBER, Decimal("1.5")),
    Case("booleans_all_true", "flag", "false", "true", "false"),
    Case(
        "timestamps_shifted",
        "moment",
        "'2026-11-21 12:00:00.5'",
        moment(2026, 11, 21, 21, 0, 0, 500000),
        moment(2026, 11, 21, 12, 0, 0, 500000),
    ),
    Case(
        "timestamps_shifted",
        "moment",
        "'2026-01-01 00:00'",
        moment(2025, 12, 31, 19),
        moment(2026, 1, 1),
        {"hours": -5},
    ),
    Case(
        "summer_time_shifted",
        "moment",
        "'2026-07-01 12:00'",
        moment(2026, 7, 1, 13),
        moment(2026, 7, 1, 12),
    ),
    Case(
        "summer_time_shifted",
        "moment",
        "'2026-01-01 12:00'",
        moment(2026, 1, 1, 12),
        moment(2026, 1, 1, 12),
    ),
    Case(
        "before_1970_shifted",
        "moment",
        "'1969-12-31 23:59:59'",
        moment(1969, 12, 30, 23, 59, 59),
        moment(1969, 12, 31, 23, 59, 59),
    ),
    Case("before_1970_shifted", "moment", "'1970-01-01'", moment(1970, 1, 1), moment(1970, 1, 1)),
    Case(
        "fraction_of_second_lost",
        "moment",
        "'2026-11-21 12:00:00.123456'",
        moment(2026, 11, 21, 12),
        moment(2026, 11, 21, 12, 0, 0, 123456),
    ),
    Case(
        "fraction_of_second_lost",
        "moment",
        "'2026-11-21 12:00:00.123456'",
        moment(2026, 11, 21, 12, 0, 0, 123000),
        moment(2026, 11, 21, 12, 0, 0, 123456),
        {"digits": 3},
    ),
    Case(
        "time_of_day_lost",
        "moment",
        "'2026-11-21 12:30:00.1'",
        moment(2026, 11, 21),
        moment(2026, 11, 21, 12, 30, 0, 100000),
    ),
    Case(
        "years_clamped", "moment", "'1600-05-05 12:00'", moment(1678, 1, 1), moment(1600, 5, 5, 12)
    ),
    Case(
        "years_clamped",
        "moment",
        "'9999-12-31'",
        moment(2261, 12, 31, 23, 59, 59),
        moment(9999, 12, 31),
    ),
    Case("dates_one_day_early", "day", "'2026-03-01'", moment(2026, 2, 28), moment(2026, 3, 1)),
    Case("lob_truncated_silently", "big", "repeat('é', 100)", "é" * 16, "é" * 100, {"bytes": 33}),
    Case(
        "lob_truncated_silently",
        "data",
        """'{"a": "bcdefgh"}'""",
        '{"a": "bcd',
        '{"a": "bcdefgh"}',
        {"bytes": 10},
    ),
    Case("column_nulled", "note", "'a'", None, "a", {"column": "note"}),
    Case("column_not_written", "note", "'a'", None, "a", {"column": "note"}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_value_arrives_otherwise(bench: Bench, case: Case) -> None:
    def scenario(number: int) -> Any:
        bench.insert(number, **{case.column: case.written})
        return bench.value(number, case.column.upper())

    assert bench.both(case.fault, scenario, **case.options) == (case.on, case.off)


def test_lob_truncated(bench: Bench) -> None:
    def scenario(number: int) -> Any:
        before = len(bench.run.written.getvalue())
        bench.insert(number, big="repeat('a', 5000)")
        lines = [
            line for line in bench.run.written.getvalue()[before:].splitlines() if "]W:" in line
        ]
        return len(bench.value(number, "BIG")), [
            "truncated to 4096 bytes, actual length: 5000" in one for one in lines
        ]

    assert bench.both("lob_truncated", scenario) == ((4096, [True]), (5000, []))


def test_no_line_tells_of_a_lob_truncated_silently(bench: Bench) -> None:
    before = len(bench.run.written.getvalue())
    bench.on("lob_truncated_silently", bytes=10)
    bench.insert(number := bench.new_id(), big="repeat('a', 5000)")
    assert bench.value(number, "BIG") == "a" * 10
    assert "truncated" not in bench.run.written.getvalue()[before:]


# ------------------------------------------------------------------- scopes


def test_only_one_table(bench: Bench) -> None:
    bench.on("case_folded", table="travelbuddy.other")
    number = bench.new_id()
    bench.write(
        f"INSERT INTO travelbuddy.other VALUES ({number}, 'a')",
        f"INSERT INTO travelbuddy.sample (id, name) VALUES ({number}, 'a')",
    )
    assert bench.row(number, "OTHER")["NAME"] == "A"
    assert bench.value(number, "NAME") == "a"


def test_a_table_that_nobody_captures_is_refused(bench: Bench) -> None:
    with pytest.raises(
        FaultUnknown, match=r"is 'travelbuddy.nope'; the tables captured are: travelbuddy.keyless, "
    ):
        bench.on("case_folded", table="travelbuddy.nope")
    assert active_faults(bench.state_dir) == {}


def test_only_one_column(bench: Bench) -> None:
    bench.on("case_folded", column="note")
    bench.insert(number := bench.new_id(), name="'a'", note="'a'")
    assert (bench.value(number, "NAME"), bench.value(number, "NOTE")) == ("a", "A")


def test_only_every_third_row_that_is_concerned(bench: Bench) -> None:
    bench.on("case_folded", every=3)
    first = bench.new_id()
    # rows without a small letter are not concerned and do not count
    bench.write(
        f"INSERT INTO travelbuddy.sample (id, name) SELECT {first} + g, 'A' FROM "
        f"generate_series(0, 3) g"
    )
    bench.write(
        f"INSERT INTO travelbuddy.sample (id, name) SELECT {first} + g, 'a' FROM "
        f"generate_series(4, 9) g"
    )
    assert [bench.value(first + number, "NAME") for number in range(4, 10)] == [
        "a",
        "a",
        "A",
        "a",
        "a",
        "A",
    ]


def test_a_seed_repeats_what_chance_chose(bench: Bench) -> None:
    def folded() -> list[bool]:
        bench.on("case_folded", probability=0.5, seed=7)
        first = bench.new_id()
        bench.write(
            f"INSERT INTO travelbuddy.sample (id, name) SELECT {first} + g, 'a' FROM "
            f"generate_series(0, 9) g"
        )
        bench.off()
        bench.write()  # the task looks, and forgets how often it has asked its chance
        return [bench.value(first + number, "NAME") == "A" for number in range(10)]

    once = folded()
    assert once == folded()
    assert 0 < sum(once) < 10


def test_two_faults_at_once(bench: Bench) -> None:
    bench.on("case_folded")
    bench.on("trailing_blanks_trimmed")
    bench.insert(number := bench.new_id(), name="'a  '")
    assert bench.value(number, "NAME") == "A"
