"""What cannot be judged is never called equal: each case has its own words, and the other tables
are judged.

Exit status 2 means that something was not judged, 1 that something differs.
"""

from __future__ import annotations

import pytest

from .box import DATABASE, Box

KEYED = ("id int8 PRIMARY KEY, note text", "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)")


@pytest.fixture(autouse=True)
def _another_table(box: Box) -> None:
    """A table that is equal, to be judged beside the one that cannot be."""
    box.table("fine", *KEYED, [("1, 'a'", "1, 'a'")])
    box.contract("fine", ["id", "note"])


def _not_judged(box: Box, *words: str, name: str = "t") -> None:
    outcome = box.run()
    table = outcome.table(name)
    assert outcome.status == 2, outcome.out + outcome.err
    assert table["status"] == "not judged"
    for word in words:
        assert word in table["reason"]
    assert "\n" not in table["reason"]
    assert outcome.table("fine")["status"] == "equal"
    told = box.run(json_report=False)
    assert "NOT JUDGED" in told.out
    assert words[0] in told.out


def test_two_empty_sides(box: Box) -> None:
    box.table("t", *KEYED)
    box.contract("t", ["id", "note"])
    _not_judged(box, "no rows on either side")


@pytest.mark.parametrize("side", ["PostgreSQL", "Oracle"])
def test_one_empty_side_differs(box: Box, side: str) -> None:
    row = ("", "1, 'a'") if side == "PostgreSQL" else ("1, 'a'", "")
    box.table("t", *KEYED, [row])
    box.contract("t", ["id", "note"])
    outcome = box.run()
    table = outcome.table("t")
    assert outcome.status == 1, outcome.out
    assert (table["missing_rows"], table["extra_rows"]) == (
        (0, 1) if side == "PostgreSQL" else (1, 0)
    )
    assert outcome.table("fine")["status"] == "equal"


def test_a_column_of_both_sides_that_no_contract_names(box: Box) -> None:
    box.table(
        "t", KEYED[0] + ", extra int4", KEYED[1] + ", extra NUMBER", [("1, 'a', 5", "1, 'a', 6")]
    )
    box.contract("t", ["id", "note"])
    _not_judged(
        box,
        "not compared: PostgreSQL column extra (int4), which the task replicates to EXTRA. Pair "
        "each in",
        "t.toml",
    )


def test_a_column_of_one_side_only(box: Box) -> None:
    box.table(
        "t", KEYED[0] + ", extra int4", KEYED[1] + ", legacy NUMBER", [("1, 'a', 5", "1, 'a', 6")]
    )
    box.contract("t", ["id", "note"])
    _not_judged(
        box,
        "PostgreSQL column extra (int4), which the task replicates to EXTRA; Oracle column "
        "LEGACY (NUMBER",
        "Pair each in a [[column]]",
    )


def test_a_column_left_out_with_a_reason_is_no_gap_and_is_told(box: Box) -> None:
    box.table(
        "t", KEYED[0] + ", extra int4", KEYED[1] + ", legacy NUMBER", [("1, 'a', 5", "1, 'a', 6")]
    )
    box.contract("t", ["id", "note"])
    with (box.root / "contracts" / "t.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[not_compared]]\nsource = "extra"\nreason = "for the service only"\n'
            '[[not_compared]]\ntarget = "LEGACY"\nreason = "filled by a batch"\n'
        )
    outcome = box.run()
    assert outcome.status == 0, outcome.out
    assert outcome.table("t")["not_compared"] == [
        "extra: for the service only",
        "LEGACY: filled by a batch",
    ]
    assert "not compared: LEGACY: filled by a batch" in box.run(json_report=False).out


def test_a_gap_does_not_hide_a_difference(box: Box) -> None:
    box.table(
        "t", KEYED[0] + ", extra int4", KEYED[1] + ", extra NUMBER", [("1, 'a', 5", "1, 'b', 6")]
    )
    box.contract("t", ["id", "note"])
    outcome = box.run()
    assert outcome.status == 1, outcome.out
    assert outcome.table("t")["status"] == "divergent"
    assert "not compared: PostgreSQL column extra" in outcome.table("t")["reason"]


UNREADABLE = {
    "infinity": (
        "timestamp",
        "TIMESTAMP(6)",
        "'infinity'",
        "TIMESTAMP '2026-03-01 00:00:00'",
        "'infinity'",
    ),
    "before Christ": ("date", "DATE", "'0044-03-15 BC'", "DATE '2026-03-01'", "'0044-03-15 BC'"),
    "year 10000": (
        "timestamptz",
        "TIMESTAMP(6)",
        "'10000-01-01'",
        "TIMESTAMP '2026-03-01 00:00:00'",
        "'10000-01-01",
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_value_that_cannot_be_read_names_row_column_and_value(box: Box, case: str) -> None:
    here, there, ours, theirs, shown = UNREADABLE[case]
    box.table(
        "t",
        f"id int8 PRIMARY KEY, v {here}",
        f"id NUMBER(19) PRIMARY KEY, v {there}",
        [("1, NULL", "1, NULL"), (f"7, {ours}", f"7, {theirs}")],
    )
    box.contract("t", ["id", "v"])
    outcome = box.run()
    table = outcome.table("t")
    assert outcome.status in (1, 2), outcome.out
    assert table["status"] in ("not judged", "divergent")
    if table["status"] == "not judged":
        for words in ("row id=7", ".t.v", shown):
            assert words in table["reason"]
    else:
        (difference,) = table["differences"]
        assert (difference["key"], difference["source_column"]) == ([7], "v")
        assert shown.strip("'") in difference["words"]
    assert outcome.table("fine")["status"] == "equal"


def test_not_a_number_differs_from_every_number(box: Box) -> None:
    box.table(
        "t",
        "id int8 PRIMARY KEY, v numeric",
        "id NUMBER(19) PRIMARY KEY, v NUMBER",
        [("7, 'NaN'", "7, 0")],
    )
    box.contract("t", ["id", "v"])
    outcome = box.run()
    assert outcome.status == 1, outcome.out
    (difference,) = outcome.table("t")["differences"]
    assert (difference["key"], difference["source_column"], difference["source_value"]) == (
        [7],
        "v",
        "NaN",
    )


def test_types_without_a_rule(box: Box) -> None:
    box.table(
        "t",
        "id int8 PRIMARY KEY, v timestamptz",
        "id NUMBER(19) PRIMARY KEY, v NUMBER",
        [("1, now()", "1, 1")],
    )
    box.contract("t", ["id", "v"])
    _not_judged(
        box,
        ".t.v -> V: no rule compares timestamptz with NUMBER; name a conversion in the contract",
    )


@pytest.mark.parametrize("side", ["PostgreSQL", "Oracle"])
def test_a_missing_table(box: Box, side: str) -> None:
    box.table("t", *KEYED, [("1, 'a'", "1, 'a'")])
    box.contract("t", ["id", "note"])
    if side == "PostgreSQL":
        box.here("DROP TABLE {s}.t")
    else:
        box.there("DROP TABLE t PURGE")
        box.made.remove("t")
    _not_judged(
        box,
        f"t.toml: {side} has no table ",
        "; there are ",
        "fine" if side == "PostgreSQL" else "FINE",
    )


@pytest.mark.parametrize("side", ["PostgreSQL", "Oracle"])
def test_a_view_in_place_of_a_table(box: Box, side: str) -> None:
    box.table("t", *KEYED, [("1, 'a'", "1, 'a'")])
    box.contract("t", ["id", "note"])
    if side == "PostgreSQL":
        box.here("ALTER TABLE {s}.t RENAME TO u", "CREATE VIEW {s}.t AS SELECT * FROM {s}.u")
        _not_judged(box, "is a view: only tables are replicated and compared")
        return
    box.there(
        "DROP TABLE t PURGE", "CREATE TABLE u (id NUMBER(19) PRIMARY KEY, note VARCHAR2(100))"
    )
    box.made[-1:] = ["u"]
    box.there("CREATE VIEW t AS SELECT * FROM u")
    try:
        _not_judged(box, "is a view: only tables are replicated and compared")
    finally:
        box.there("DROP VIEW t")


def test_a_table_without_the_privilege_to_read_it(box: Box) -> None:
    box.table("t", *KEYED, [("1, 'a'", "1, 'a'")])
    box.contract("t", ["id", "note"])
    role = f"reader_{box.schema}"
    box.here(
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {{s}} TO {role}",
        f"GRANT SELECT ON {{s}}.fine TO {role}",
    )
    box.monkeypatch.setenv("BOX_USER", role)
    try:
        _not_judged(
            box,
            f"lacks privileges on {box.schema}.t; GRANT SELECT ON {box.schema}.t TO "
            f"reader_{box.schema}",
        )
    finally:
        box.here(f"DROP OWNED BY {role}")
        box.cluster.execute(f"DROP ROLE {role}", DATABASE)


LOOSE = ("id int8, note text", "id NUMBER(19), note VARCHAR2(100)")


@pytest.mark.parametrize(
    "rows",
    [
        [("5, 'a'", "5, 'a'"), ("5, 'b'", "5, 'b'"), ("6, 'c'", "6, 'c'")],
        [("5, 'a'", "5, 'a'"), ("5, 'a'", "5, 'a'"), ("6, 'c'", "6, 'c'")],
    ],
    ids=["unlike rows", "the same rows"],
)
def test_a_key_that_repeats_on_both_sides(box: Box, rows: list[tuple[str, str]]) -> None:
    box.table("t", *LOOSE, rows)
    box.contract("t", ["id", "note"])
    _not_judged(
        box,
        "the key id=5 stands 2 times in PostgreSQL; the key ID=5 stands 2 times in Oracle. Rows "
        "cannot be "
        "paired by (id): name columns that are unique",
        'rows = "multiset"',
    )


@pytest.mark.parametrize("kind", ["primary key", "no key"])
def test_a_key_that_repeats_in_oracle_only(box: Box, kind: str) -> None:
    box.table(
        "t",
        KEYED[0] if kind == "primary key" else LOOSE[0],
        LOOSE[1],
        [
            ("5, 'a'", "5, 'a'"),
            ("6, 'c'", "6, 'c'"),
            ("", "5, 'a'"),
            ("", "6, 'c'"),
            ("", "6, 'd'"),
        ],
    )
    box.contract("t", ["id", "note"])
    _not_judged(
        box, "the key ID=6 stands 3 times in Oracle (1 more keys repeat). Rows cannot be paired"
    )


def test_a_key_that_repeats_in_postgresql_only(box: Box) -> None:
    box.table("t", *LOOSE, [("5, 'a'", "5, 'a'"), ("5, 'a'", "")])
    box.contract("t", ["id", "note"])
    _not_judged(box, "the key id=5 stands 2 times in PostgreSQL. Rows cannot be paired")


@pytest.mark.parametrize("side", ["PostgreSQL", "Oracle"])
def test_null_in_a_key(box: Box, side: str) -> None:
    box.table(
        "t",
        *LOOSE,
        [("5, 'a'", "5, 'a'"), ("NULL, 'b'", "") if side == "PostgreSQL" else ("", "NULL, 'b'")],
    )
    box.contract("t", ["id", "note"])
    _not_judged(box, f"1 rows have NULL in their key in {side}. Rows cannot be paired")


def test_a_sensitive_key_that_repeats_is_a_digest(box: Box) -> None:
    box.table("t", *LOOSE, [("4711, 'a'", "4711, 'a'"), ("4711, 'b'", "4711, 'b'")])
    box.contract("t", ["id", "note"], 'key = ["id"]\nsensitive = ["id"]')
    outcome = box.run("--html", str(box.root / "out"))
    assert outcome.status == 2
    assert "the key id=<digest " in outcome.table("t")["reason"]
    html = (box.root / "out/reconciliation.html").read_text("utf-8")
    for text in (outcome.out, html, box.run(json_report=False).out):
        assert "4711" not in text
