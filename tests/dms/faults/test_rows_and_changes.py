"""Faults of rows, single changes and statements: the name of a test is the name of its fault."""

from __future__ import annotations

from typing import Any

from tests.dms.faults.bench import SAMPLE, Bench, inserted

# ------------------------------------------------------------------- changes


def test_deletes_ignored(bench: Bench) -> None:
    def scenario(number: int) -> bool:
        bench.write(inserted(number), f"DELETE FROM {SAMPLE} WHERE id = {number}")
        return bench.row(number) is not None

    assert bench.both("deletes_ignored", scenario) == (True, False)


def updated(bench: Bench, number: int) -> Any:
    """Insert a row with 'old', update it to 'new', and see what arrived."""
    bench.write(
        inserted(number, name="'old'"), f"UPDATE {SAMPLE} SET name = 'new' WHERE id = {number}"
    )
    return bench.value(number, "NAME")


def test_updates_ignored(bench: Bench) -> None:
    assert bench.both("updates_ignored", lambda number: updated(bench, number)) == ("old", "new")


def test_inserts_ignored(bench: Bench) -> None:
    def scenario(number: int) -> bool:
        bench.insert(number)
        return bench.row(number) is not None

    assert bench.both("inserts_ignored", scenario) == (False, True)


def test_update_lost_every_nth(bench: Bench) -> None:
    def scenario(number: int) -> list[Any]:
        return [updated(bench, number + more) for more in range(4)]

    on, off = bench.both("update_lost_every_nth", scenario)
    assert on == ["new", "old", "new", "old"]
    assert off == ["new"] * 4


def test_changes_lost(bench: Bench) -> None:
    def scenario(number: int) -> list[bool]:
        bench.write("; ".join(inserted(number + more) for more in range(4)))
        return [bench.row(number + more) is not None for more in range(4)]

    on, off = bench.both("changes_lost", scenario, every=2)
    assert on == [True, False, True, False]
    assert off == [True] * 4


def test_duplicate_insert_refused(bench: Bench) -> None:
    def scenario(number: int) -> list[str]:
        bench.insert(number)
        assert bench.row(number) is not None
        return [error[:9] for error in bench.refusals(number)]

    assert bench.both("duplicate_insert_refused", scenario) == (["ORA-00001"], [])


def moved(bench: Bench, number: int) -> tuple[bool, bool]:
    """Change a key, and see whether the old and the new row are there."""
    bench.write(inserted(number), f"UPDATE {SAMPLE} SET id = {number + 1} WHERE id = {number}")
    return bench.row(number) is not None, bench.row(number + 1) is not None


def test_key_updates_applied(bench: Bench) -> None:
    on, off = bench.both("key_updates_applied", lambda number: moved(bench, number))
    assert on == (False, True)
    assert off == (True, False), "DMS ignores updates of the key"


def test_key_updates_double_the_row(bench: Bench) -> None:
    on, off = bench.both("key_updates_double_the_row", lambda number: moved(bench, number))
    assert on == (True, True)
    assert off == (True, False)


def test_updates_become_inserts(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, list[str]]:
        return updated(bench, number), [error[:9] for error in bench.refusals(number)]

    assert bench.both("updates_become_inserts", scenario) == (("old", ["ORA-00001"]), ("new", []))


# ------------------------------------------------------------------- rows


def test_columns_swapped(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        bench.insert(number, name="'a'", note="'b'")
        return bench.value(number, "NAME"), bench.value(number, "NOTE")

    assert bench.both("columns_swapped", scenario, column="name", other="note") == (
        ("b", "a"),
        ("a", "b"),
    )


def texts(bench: Bench, number: int) -> list[Any]:
    """Write three texts, update the first of them, and see what arrived."""
    bench.insert(number, name="'a'", note="'b'", code="'c'")
    bench.write(f"UPDATE {SAMPLE} SET name = 'A' WHERE id = {number}")
    return [bench.value(number, column) for column in ("NAME", "NOTE", "CODE")]


def test_columns_misaligned(bench: Bench) -> None:
    on, off = bench.both("columns_misaligned", lambda number: texts(bench, number), column="name")
    assert on == ["b", "c", None]
    assert off == ["A", "b", "c"]


def test_later_columns_lost(bench: Bench) -> None:
    on, off = bench.both("later_columns_lost", lambda number: texts(bench, number), column="note")
    assert on == ["A", None, None]
    assert off == ["A", "b", "c"]


def test_null_not_written(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        bench.write(
            inserted(number, name="'a'"),
            f"UPDATE {SAMPLE} SET name = NULL, note = 'b' WHERE id = {number}",
        )
        return bench.value(number, "NAME"), bench.value(number, "NOTE")

    assert bench.both("null_not_written", scenario) == (("a", "b"), (None, "b"))


def test_unchanged_toast_nulled(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        bench.write(
            inserted(number, big="repeat('x', 9000)"),
            f"UPDATE {SAMPLE} SET name = 'new' WHERE id = {number}",
        )
        return bench.value(number, "NAME"), bench.value(number, "BIG")

    assert bench.both("unchanged_toast_nulled", scenario) == (("new", None), ("new", "x" * 9000))


def test_lob_updates_ignored(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        bench.write(
            inserted(number, big="'old'", name="'old'"),
            f"UPDATE {SAMPLE} SET big = 'new', name = 'new' WHERE id = {number}",
        )
        return bench.value(number, "NAME"), bench.value(number, "BIG")

    assert bench.both("lob_updates_ignored", scenario) == (("new", "old"), ("new", "new"))


def test_merged_toast_lost(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        insert = inserted(number, big="repeat('x', 9000)")
        bench.write(f"{insert}; UPDATE {SAMPLE} SET name = 'new' WHERE id = {number}")
        return bench.value(number, "NAME"), bench.value(number, "BIG")

    assert bench.both("merged_toast_lost", scenario) == (("new", None), ("new", "x" * 9000))


# ------------------------------------------------------------------- statements


def neighbours(bench: Bench, number: int) -> None:
    bench.write(inserted(number, name="'one'"), inserted(number + 1, name="'two'"))


def test_wrong_row_updated(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, Any]:
        neighbours(bench, number)
        bench.write(f"UPDATE {SAMPLE} SET name = 'new' WHERE id = {number}")
        return bench.value(number, "NAME"), bench.value(number + 1, "NAME")

    assert bench.both("wrong_row_updated", scenario) == (("one", "new"), ("new", "two"))


def test_wrong_row_deleted(bench: Bench) -> None:
    def scenario(number: int) -> tuple[bool, bool]:
        neighbours(bench, number)
        bench.write(f"DELETE FROM {SAMPLE} WHERE id = {number}")
        return bench.row(number) is not None, bench.row(number + 1) is not None

    assert bench.both("wrong_row_deleted", scenario) == ((True, False), (False, True))


def test_value_under_wrong_name(bench: Bench) -> None:
    on, off = bench.both(
        "value_under_wrong_name", lambda number: texts(bench, number), column="NAME", into="NOTE"
    )
    assert on == [None, "A", "c"]
    assert off == ["A", "b", "c"]


def only_here(bench: Bench, number: int) -> Any:
    """Let somebody fill the column that only the target has, write the row again, and see what it
    holds.
    """
    bench.insert(number, name="'a'")
    bench.row(number)["ONLY_HERE"] = "kept"
    bench.write(f"UPDATE {SAMPLE} SET name = 'b' WHERE id = {number}")
    assert bench.value(number, "NAME") == "b"
    return bench.value(number, "ONLY_HERE")


def test_unmapped_column_nulled(bench: Bench) -> None:
    on, off = bench.both(
        "unmapped_column_nulled", lambda number: only_here(bench, number), column="ONLY_HERE"
    )
    assert (on, off) == (None, "kept")


def test_insert_deletes_first(bench: Bench) -> None:
    def scenario(number: int) -> tuple[Any, list[str]]:
        bench.target.rows("TRAVELBUDDY", "SAMPLE").append(
            {"ID": number, "NAME": "there", "ONLY_HERE": "kept"}
        )
        bench.insert(number, name="'a'")
        return bench.value(number, "ONLY_HERE"), [error[:9] for error in bench.refusals(number)]

    assert bench.both("insert_deletes_first", scenario) == ((None, []), ("kept", ["ORA-00001"]))
