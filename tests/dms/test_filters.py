"""Source filters: against SQLite itself, and what they do to changes."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab.dms.mapping import MappingInvalid, parse_table_mappings
from lab.dms.mapping.expressions import Expressions
from lab.dms.mapping.rules import Filter, FilterCondition
from tests.dms.mapped import Employees, condition, delete, filtered, insert, selection, update

COLUMNS = {"id": "NUMBER", "name": "VARCHAR2", "salary": "NUMBER"}
#: in the words of SQL, independent of the operators' own table
SQL = {
    "eq": "v = ?",
    "noteq": "NOT (v = ?)",
    "gte": "v > ? OR v = ?",
    "lte": "v < ? OR v = ?",
    "ste": "v < ? OR v = ?",
    "between": "v >= ? AND v <= ?",
    "notbetween": "v < ? OR v > ?",
    "null": "v IS NULL",
    "notnull": "v IS NOT NULL",
}
numbers = st.one_of(
    st.integers(-30, 30),
    st.integers(-(10**20), 10**20),
    st.integers(-300, 300).map(lambda hundredths: Decimal(hundredths) / 100),
)
texts = st.text("ab 0123456789.-", max_size=4)
operands = st.one_of(
    numbers.map(str), texts, st.sampled_from(["5.0", " 7 ", "1e1", "x", "", "0x10", "1_0"])
)


def by_sqlite(kind: str, value: Any, operator: str, given_values: list[str]) -> bool:
    """Whether a column of that declared kind with that value passes."""
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE t (v {kind})")
    database.execute(
        "INSERT INTO t VALUES (?)", (str(value) if isinstance(value, int | Decimal) else value,)
    )
    wanted = SQL[operator].count("?")
    bound = (
        (given_values * 2)[:wanted] if operator not in ("between", "notbetween") else given_values
    )
    [(count,)] = database.execute(f"SELECT count(*) FROM t WHERE {SQL[operator]}", bound).fetchall()
    database.close()
    return count == 1


def accepts(operator: str, value: Any, given_values: list[str]) -> bool:
    condition = FilterCondition(operator, *([] if "null" in operator else given_values))
    return Expressions().accepts(((Filter("v", (condition,)),),), {"v": value})


@given(st.sampled_from(sorted(SQL)), st.one_of(st.none(), numbers), operands, operands)
@example("eq", Decimal("12345678901234567890"), "12345678901234567891", "")
@example("gte", Decimal("12345678901234567890123456789012345678.5"), "1", "")
def test_numbers_compare_as_in_a_column_of_numbers(
    operator: str, value: Any, first: str, second: str
) -> None:
    values = [first, second] if operator.endswith("between") else [first]
    assert accepts(operator, value, values) is by_sqlite("NUMERIC", value, operator, values)


@given(st.sampled_from(sorted(SQL)), st.one_of(st.none(), texts), operands, operands)
@example("gte", "2002-01-01 00:00:00", "2002-01-01", "")
def test_texts_compare_as_in_a_column_of_texts(
    operator: str, value: Any, first: str, second: str
) -> None:
    values = [first, second] if operator.endswith("between") else [first]
    assert accepts(operator, value, values) is by_sqlite("TEXT", value, operator, values)


def test_dates_are_compared_in_their_text_form() -> None:
    day, moment = "2002-01-01", "2002-01-01 12:00:00"
    assert accepts("gte", day, ["2002-01-01"])
    assert not accepts("gte", "2001-12-31", ["2002-01-01"])
    assert accepts("between", moment, ["2002-01-01 12:00:00", "2002-01-01 13:00:00"])
    assert not accepts("lte", moment, ["2002-01-01 11:59:59"])


def test_filters_are_joined_by_and_their_conditions_by_or(tmp_path: Path) -> None:
    chosen = filtered(
        (
            "salary",
            [condition("lte", 10), condition("between", "50", "75"), condition("gte", "100")],
        ),
        ("name", [condition("noteq", "Bob")]),
    )
    world = Employees(tmp_path, chosen, columns=COLUMNS)
    world.apply(
        *(insert(id=n, salary=s) for n, s in enumerate((10, 11, 50, 76, 100))),
        insert(id=9, name="Bob"),
    )
    assert [found["id"] for found in world.rows] == [0, 2, 4]


def test_a_row_that_one_of_several_selections_takes_is_taken(tmp_path: Path) -> None:
    few = filtered(("salary", [condition("eq", "1")]))
    world = Employees(
        tmp_path, few, filtered(("salary", [condition("eq", "2")]), rule_id=2), columns=COLUMNS
    )
    world.apply(*(insert(id=n, salary=n) for n in (1, 2, 3)))
    assert [found["id"] for found in world.rows] == [1, 2]
    unlimited = Employees(tmp_path, few, selection(2), columns=COLUMNS)
    unlimited.apply(insert(id=3, salary=3), insert(id=4), delete(4))
    assert [found["id"] for found in unlimited.rows] == [3]


@pytest.mark.parametrize("action", ["exclude", "explicit"])
def test_filters_count_for_include_only(action: str) -> None:
    given_rule = filtered(("n", [condition("eq", 1)])) | {"rule-action": action}
    given_rule["object-locator"] = {"schema-name": "s", "table-name": "t"}
    assert parse_table_mappings({"rules": [given_rule]}).selections[0].filters == ()


def test_rows_that_cross_a_filter_are_neither_inserted_nor_deleted(tmp_path: Path) -> None:
    world = Employees(tmp_path, filtered(("salary", [condition("gte", "100")])), columns=COLUMNS)
    world.apply(insert(id=1, salary=100), insert(id=2, salary=99))
    world.apply(update(id=1, salary=50, name="out"), update(id=2, salary=200, name="in"))
    assert world.rows == [{"id": 1, "name": "Ada", "salary": 100}]
    assert world.errors == ["0 rows affected"]  # row 2, which the target never got


@pytest.mark.parametrize(("column", "left"), [("salary", 1), ("id", 0)])
def test_deletes_are_captured_only_where_filters_are_on_the_key(
    tmp_path: Path, column: str, left: int
) -> None:
    world = Employees(tmp_path, filtered((column, [condition("gte", 1)])), columns=COLUMNS)
    world.apply(insert())
    done = world.apply(delete())
    assert (len(world.rows), world.errors) == (left, [])
    assert done.counts["hr", "employees", "applied_deletes"] == 1 - left


def test_a_filter_for_null_does_not_take_a_delete_for_a_row_without_the_value(
    tmp_path: Path,
) -> None:
    world = Employees(tmp_path, filtered(("salary", [condition("null")])), columns=COLUMNS)
    world.apply(insert(salary=None), delete())
    assert [found["id"] for found in world.rows] == [1]


def test_column_names_of_filters_are_case_sensitive(tmp_path: Path) -> None:
    world = Employees(tmp_path, filtered(("SALARY", [condition("gte", "1")])), columns=COLUMNS)
    world.apply(insert())
    assert world.rows == []


@pytest.mark.parametrize("operator", ["noteq", "notbetween", "notnull"])
def test_a_negative_operator_stands_alone_in_its_filter(operator: str) -> None:
    negative = condition(
        operator, *{"noteq": ["1"], "notbetween": ["1", "2"], "notnull": []}[operator]
    )
    parse_table_mappings({"rules": [filtered(("a", [negative]), ("a", [condition("eq", "1")]))]})
    with pytest.raises(MappingInvalid, match="must be the only condition of its filter"):
        parse_table_mappings({"rules": [filtered(("a", [negative, condition("eq", "1")]))]})
