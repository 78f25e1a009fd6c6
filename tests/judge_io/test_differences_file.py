"""The differences as a flat file: every value exactly, NULL apart from '', no formula, no secret;
CSV and Parquet.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.compare.tally import grouped
from reconciliation.model import Difference, DifferenceKind, Status, TableResult
from reconciliation.report import RunReport, render_csv
from reconciliation.report.differences_file import (
    COLUMNS,
    NoWriter,
    as_text,
    check_writable,
    write_differences,
)
from tests.clusters import temporary_cluster

from .samples import TABLE, difference, report


def with_differences(*differences: Difference, **changes: Any) -> RunReport:
    result = TableResult(
        TABLE.source,
        TABLE.target,
        Status.DIVERGENT,
        9,
        9,
        0,
        9,
        0,
        0,
        differences=differences,
        groups=grouped(differences),
    )
    return report(tables=(result,), refused=(), **changes)


def parsed(text: str) -> list[list[str | None]]:
    """RFC 4180 with one addition: a field without quotes and characters is NULL. Written from the
    description.
    """
    rows: list[list[str | None]] = [[]]
    place = 0
    while place < len(text):
        if text[place] == '"':
            end, value = place + 1, ""
            while not (text[end] == '"' and text[end + 1 : end + 2] != '"'):
                value, end = (
                    (value + '"', end + 2) if text[end] == '"' else (value + text[end], end + 1)
                )
            rows[-1].append(value)
            place = end + 1
        else:
            end = min(found for mark in (",", "\r\n") if (found := text.find(mark, place)) >= 0)
            rows[-1].append(text[place:end] or None)
            place = end
        if text.startswith("\r\n", place):
            rows.append([])
            place += 2
        else:
            assert text[place] == ","
            place += 1
            if text.startswith("\r\n", place):
                rows[-1].append(None)
                rows.append([])
                place += 2
    assert rows.pop() == []
    return rows


def values_of(text: str) -> list[tuple[str | None, str | None]]:
    head, *rows = parsed(text)
    assert head == list(COLUMNS)
    assert {len(row) for row in rows} <= {len(COLUMNS)}
    left, right = COLUMNS.index("source_value"), COLUMNS.index("target_value")
    return [(row[left], row[right]) for row in rows]


def unmarked(value: str | None) -> str | None:
    """As documented: one leading apostrophe is taken away."""
    return value[1:] if value is not None and value.startswith("'") else value


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=12
) | st.sampled_from(
    [
        "",
        " ",
        "=1+1",
        "+A1",
        "-2",
        "-x",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "'",
        "''=",
        '"',
        'a"b',
        "a,b",
        "a\r\nb",
        "＝1",
    ]
)


@given(st.lists(st.tuples(TEXTS | st.none(), TEXTS | st.none()), max_size=6))
def test_every_text_comes_back_exactly(pairs: list[tuple[str | None, str | None]]) -> None:
    found = values_of(
        render_csv(
            with_differences(
                *(
                    difference(key, source_value=left, target_value=right)
                    for key, (left, right) in enumerate(pairs)
                )
            )
        )
    )
    back = [(unmarked(left), unmarked(right)) for left, right in found]
    assert back == pairs


@given(TEXTS)
def test_no_field_begins_a_formula(text: str) -> None:
    one = difference(1, source_value=text, target_value=None, table=f"s.{text}", source_column=text)
    for row in parsed(render_csv(with_differences(one)))[1:]:
        for value in row:
            assert value is None or not value.startswith(("=", "@", "\t", "\r", "＝"))
            assert (
                value is None
                or not value.startswith(("+", "-"))
                or value[1:].replace(".", "").isdigit()
            )


def test_null_is_nothing_and_an_empty_text_is_two_quotes() -> None:
    line = render_csv(with_differences(difference(1, source_value=None, target_value=""))).split(
        "\r\n"
    )[1]
    assert ',"HEADER",,"","truncated",' in line


def test_postgresql_reads_the_file_and_finds_every_value(tmp_path: Path) -> None:
    pairs = [
        ("", None),
        (None, ""),
        ('a"b,c\r\nd', " "),
        ("서울🛫", "\\N"),
        ("NULL", "=1"),
        ("'x", "-5"),
    ]
    written = with_differences(
        *(
            difference(key, source_value=left, target_value=right)
            for key, (left, right) in enumerate(pairs)
        )
    )
    write_differences(written, tmp_path / "d.csv")
    with temporary_cluster() as cluster:
        url = (
            f"postgresql://{cluster.user}:{cluster.password}@{cluster.host}:{cluster.port}/postgres"
        )
        with psycopg.connect(url) as connection:
            columns = ", ".join(f'"{name}" text' for name in COLUMNS)
            connection.execute(f"CREATE TABLE d ({columns})")
            with connection.cursor().copy("COPY d FROM STDIN (FORMAT csv, HEADER true)") as copy:
                copy.write((tmp_path / "d.csv").read_bytes())
            rows = connection.execute("SELECT source_value, target_value FROM d").fetchall()
    assert [(unmarked(left), unmarked(right)) for left, right in rows] == pairs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (True, "true"),
        (0, "0"),
        (-5, "-5"),
        (Decimal("1.50"), "1.50"),
        (b"\x00\xff", "00ff"),
        (2**70, "1180591620717411303424"),
        (0.1, "0.1"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC), "2026-01-02T03:04:05.000006+00:00"),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        (memoryview(b"\x01"), "01"),
    ],
)
def test_values_as_text(value: Any, text: str | None) -> None:
    assert as_text(value) == text


def test_the_columns_say_everything_about_a_difference() -> None:
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for row in parsed(
            render_csv(
                with_differences(
                    difference(
                        7, source_type="varchar(9)", target_type="VARCHAR2(9)", key_columns=("id",)
                    ),
                    Difference(
                        TABLE.source,
                        TABLE.target,
                        (2**60, "a"),
                        DifferenceKind.MISSING,
                        key_columns=("id", "code"),
                    ),
                )
            )
        )[1:]
    ]
    assert rows[0] == {
        "run_id": "20260301T120000Z-ab12",
        "table": TABLE.source,
        "target_table": TABLE.target,
        "key": '{"id": 7}',
        "kind": "changed",
        "column": "header",
        "target_column": "HEADER",
        "source_value": "long",
        "target_value": "lo",
        "cause": "truncated",
        "rule": "text",
        "source_type": "varchar(9)",
        "target_type": "VARCHAR2(9)",
    }
    assert json.loads(rows[1]["key"] or "") == {"id": "1152921504606846976", "code": "a"}
    assert (rows[1]["kind"], rows[1]["column"], rows[1]["source_value"]) == ("missing", None, None)


def test_sensitive_values_and_keys_are_digests() -> None:
    secret = difference(
        "customer 4711",
        source_value="her name",
        target_value=None,
        key_columns=("id",),
        sensitive=("header", "id"),
    )
    for hidden in (
        with_differences(secret),
        with_differences(replace(secret, sensitive=()), sensitive=("header", f"{TABLE.source}.id")),
    ):
        text = render_csv(hidden)
        assert "4711" not in text
        assert "her name" not in text
        assert values_of(text)[0][1] is None
        assert "<digest " in text


def test_a_text_that_is_no_unicode_is_written_with_escapes(tmp_path: Path) -> None:
    write_differences(with_differences(difference(1, source_value="a\ud800b")), tmp_path / "d.csv")
    assert "a\\ud800b" in (tmp_path / "d.csv").read_text(encoding="utf-8")


def test_an_ending_that_names_no_format_is_refused() -> None:
    with pytest.raises(
        NoWriter, match=r"--differences x\.xlsx ends with neither \.csv nor \.parquet"
    ):
        check_writable(Path("x.xlsx"))


def test_parquet_without_its_package_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoWriter, match="needs the package pyarrow, which is not installed"):
        write_differences(report(), tmp_path / "d.parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_holds_the_same_rows_and_plain_values(tmp_path: Path) -> None:
    parquet = pytest.importorskip(
        "pyarrow.parquet", reason="only --differences FILE.parquet needs pyarrow"
    )
    pairs = [("=1", ""), (None, " "), ("서울🛫", "a\r\nb"), ("'x", "a\ud800")]
    written = with_differences(
        *(
            difference(key, source_value=left, target_value=right)
            for key, (left, right) in enumerate(pairs)
        )
    )
    write_differences(written, tmp_path / "d.parquet")
    found = parquet.read_table(tmp_path / "d.parquet")
    assert found.column_names == list(COLUMNS)
    assert {str(kind) for kind in found.schema.types} == {"string"}
    rows = found.to_pylist()
    assert [(row["source_value"], row["target_value"]) for row in rows] == [
        *pairs[:3],
        ("'x", "a\\ud800"),
    ]
    assert rows[0]["run_id"] == written.run_id
    write_differences(with_differences(), tmp_path / "none.parquet")
    assert parquet.read_table(tmp_path / "none.parquet").num_rows == 0
