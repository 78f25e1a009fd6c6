"""What transformation rules do to values: masks, before images, types, keys, and rules DMS does not
support.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from lab.dms.apply.outcomes import StopOnError
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.ground.changes import Change
from lab.dms.mapping import parse_table_mappings, resolve
from lab.dms.mapping.resolve import Resolution
from tests.dms.mapped import (
    EMPLOYEES,
    EVERYTHING,
    Employees,
    before_images,
    delete,
    insert,
    rule,
    selection,
    update,
)

HASHED = "7CB06784764C9030CCC41E25C15339FEB293FFE9B329A72B5FED564E99900C75"
PLAIN = {"id": "NUMBER", "name": "VARCHAR2", "passport": "VARCHAR2", "salary": "NUMBER"}


def mask(action: str, column: str = "passport", rule_id: int = 5, **more: Any) -> dict[str, Any]:
    return rule(rule_id, "column", f"data-masking-{action}", column, **more)


def retyped(column: str, name: str, rule_id: int = 2, **more: Any) -> dict[str, Any]:
    return rule(rule_id, "column", "change-data-type", column, data_type={"type": name, **more})


def errors(**settings: Any) -> dict[str, Any]:
    return {"settings": {"ErrorBehavior": settings}}


# ------------------------------------------------------------------------ masks


def test_digits_are_masked_with_a_character(tmp_path: Path) -> None:
    world = Employees(tmp_path, mask("digits-mask", value="#"), columns=PLAIN)
    world.apply(insert(), insert(id=2, passport=None))
    assert [found["passport"] for found in world.rows] == ["C#BGJ######K", None]


def test_a_hash_is_the_sha_256_in_upper_case(tmp_path: Path) -> None:
    world = Employees(tmp_path, mask("hash-mask"), columns=PLAIN)
    world.apply(insert())
    assert world.rows[0]["passport"] == HASHED


def test_random_digits_keep_everything_else_and_repeat_with_a_seed(tmp_path: Path) -> None:
    def passports(seed: int) -> list[str]:
        rules = mask("digits-randomize"), mask("digits-randomize", "salary", 6)
        world = Employees(tmp_path, *rules, columns=PLAIN, switches={"masking_seed": seed})
        world.apply(*(insert(id=number, salary=123456) for number in range(20)))
        assert all(0 <= found["salary"] <= 999999 for found in world.rows)
        assert len({found["salary"] for found in world.rows}) > 1
        return [found["passport"] for found in world.rows]

    first = passports(7)
    assert all(re.fullmatch(r"C\dBGJ\d{6}K", text) for text in first)
    assert len(set(first)) > 1
    assert passports(7) == first
    assert passports(8) != first


@pytest.mark.parametrize("action", ["digits-mask", "hash-mask"])
def test_a_mask_for_a_type_it_does_not_support_stops_the_task(tmp_path: Path, action: str) -> None:
    more = {"value": "#"} if action == "digits-mask" else {}
    world = Employees(tmp_path, mask(action, "salary", **more), columns=PLAIN)
    with pytest.raises(
        StopOnError, match="is not supported for column 'salary' of data type NUMERIC"
    ):
        world.apply(insert())


def test_the_masking_policy_decides_about_the_record(tmp_path: Path) -> None:
    logged = errors(DataMaskingErrorPolicy="LOG_ERROR")
    world = Employees(tmp_path, mask("hash-mask", "salary"), columns=PLAIN, **logged)
    world.apply(insert(), insert(id=2, salary=None))
    assert [found["id"] for found in world.rows] == [2]
    assert "data-masking-hash-mask is not supported" in world.errors[0]
    assert "100" not in world.exceptions[0]["STATEMENT"]


def test_a_type_changed_before_the_mask_makes_it_possible(tmp_path: Path) -> None:
    rules = (
        retyped("salary", "string", 2, length="100"),
        mask("digits-mask", "salary", 3, value="*"),
    )
    world = Employees(tmp_path, *rules, columns=PLAIN | {"salary": "VARCHAR2"})
    world.apply(insert())
    assert world.rows[0]["salary"] == "***"


def test_a_type_changed_behind_the_mask_does_not(tmp_path: Path) -> None:
    rules = (
        retyped("salary", "string", 4, length="100"),
        mask("digits-mask", "salary", 3, value="*"),
    )
    world = Employees(tmp_path, *rules, columns=PLAIN | {"salary": "VARCHAR2"})
    with pytest.raises(StopOnError, match="data type NUMERIC"):
        world.apply(insert())


@pytest.mark.parametrize("rule_id", [3, 5])
def test_a_mask_goes_with_another_action_on_the_column(tmp_path: Path, rule_id: int) -> None:
    renames = rule(4, "column", "rename", "passport", value="PASS")
    world = Employees(
        tmp_path,
        renames,
        mask("hash-mask", rule_id=rule_id),
        columns={"id": "NUMBER", "PASS": "VARCHAR2"},
    )
    world.apply(insert())
    assert world.rows == [{"id": 1, "PASS": HASHED}]


def test_an_added_column_can_be_masked(tmp_path: Path) -> None:
    adds = rule(
        2, "column", "add-column", value="x", expression="$passport", data_type={"type": "string"}
    )
    world = Employees(
        tmp_path, adds, mask("digits-mask", "x", value="#"), columns=PLAIN | {"x": "VARCHAR2"}
    )
    world.apply(insert())
    assert (world.rows[0]["passport"], world.rows[0]["x"]) == ("C6BGJ566669K", "C#BGJ######K")


def test_a_masked_key_finds_its_row_again(tmp_path: Path) -> None:
    rules = retyped("id", "string", 2, length="100"), mask("hash-mask", "id", 3)
    world = Employees(tmp_path, *rules, columns=PLAIN | {"id": "VARCHAR2"})
    world.apply(insert(id=1), insert(id=2), update(id=2, name="Bob"), delete(1))
    assert [found["name"] for found in world.rows] == ["Bob"]


# ---------------------------------------------------------------- before images


def images(*rules: dict[str, Any], names: str = "source") -> list[str]:
    mappings = parse_table_mappings({"rules": [EVERYTHING, *rules]})
    [mapped] = resolve(mappings, [EMPLOYEES], Resolution(before_image_names=names))
    return [column.target for column in mapped.columns if column.before_image]


def test_which_columns_have_before_images_and_how_they_are_called() -> None:
    assert images(before_images()) == ["BI_id"]
    assert images(before_images(filter="pk-only", prefix="", suffix="_old")) == ["id_old"]
    assert images(before_images(filter="non-lob", suffix="$")) == [
        "BI_id$",
        "BI_name$",
        "BI_passport$",
        "BI_salary$",
    ]
    assert images(before_images(filter="all")) == [
        "BI_id",
        "BI_name",
        "BI_passport",
        "BI_salary",
        "BI_note",
    ]


def test_before_images_are_named_after_the_source_or_the_target() -> None:
    upper = rule(3, "column", "convert-uppercase", "%")
    assert images(before_images(), upper) == ["BI_id"]
    assert images(before_images(), upper, names="target") == ["BI_ID"]


IMAGES = {
    "id": "NUMBER",
    "name": "VARCHAR2",
    "BI_id": "NUMBER",
    "BI_name": "VARCHAR2",
    "BI_note": "NCLOB",
}


def test_postgresql_tells_before_images_of_the_key_only(tmp_path: Path) -> None:
    world = Employees(tmp_path, before_images(filter="all"), columns=IMAGES)
    world.apply(insert())
    assert world.rows == [{"id": 1, "name": "Ada", "BI_id": None, "BI_name": None, "BI_note": None}]
    world.apply(update(name="Bob"))
    assert world.rows == [{"id": 1, "name": "Bob", "BI_id": 1, "BI_name": None, "BI_note": None}]


def test_with_the_whole_old_row_only_lobs_stay_void(tmp_path: Path) -> None:
    world = Employees(tmp_path, before_images(filter="all"), columns=IMAGES)
    world.apply(insert(), update(name="Bob", old={"id": 1, "name": "Ada", "note": "n"}))
    assert world.rows == [{"id": 1, "name": "Bob", "BI_id": 1, "BI_name": "Ada", "BI_note": None}]


# -------------------------------------------------------------- types and keys


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("date", "2026-11-28", dt.datetime(2026, 11, 28)),
        ("date", "2026:11:28", dt.datetime(2026, 11, 28)),
        ("datetime", "2026:11:28 18:30:00", dt.datetime(2026, 11, 28, 18, 30)),
        ("datetime", "2026-11-28", dt.datetime(2026, 11, 28)),
        ("date", "28.11.2026", "28.11.2026"),
        ("time", "18:30:00", "18:30:00"),
    ],
)
def test_dates_are_made_of_texts_in_dms_forms_only(
    tmp_path: Path, name: str, text: str, expected: Any
) -> None:
    kind = "VARCHAR2" if name == "time" else "DATE"
    world = Employees(tmp_path, retyped("name", name), columns={"id": "NUMBER", "name": kind})
    world.apply(insert(name=text))
    assert world.rows == [{"id": 1, "name": expected}]


def test_a_defined_key_is_the_one_rows_are_found_by(tmp_path: Path) -> None:
    given = rule(
        2,
        "table",
        "define-primary-key",
        primary_key_def={"name": "PK", "columns": ["name", "salary"]},
    )
    given["object-locator"] = {"schema-name": "hr", "table-name": "employees"}
    world = Employees(tmp_path, given, columns=PLAIN)
    world.apply(insert(), update(passport="X"))
    [statement] = [
        text for text in world.database.statements if text.startswith('UPDATE "DMSUSER"')
    ]
    assert statement.endswith('WHERE "name"=:5 AND "salary"=:6')
    assert world.rows[0]["passport"] == "X"


def test_an_added_column_with_the_name_of_another_is_refused_by_the_target(tmp_path: Path) -> None:
    given = rule(
        2, "column", "add-column", value="name", expression="'x'", data_type={"type": "string"}
    )
    world = Employees(tmp_path, given, columns=PLAIN)
    world.apply(insert())
    assert (world.rows, world.errors) == ([], ["ORA-00957: duplicate column name"])


def test_an_added_column_with_the_name_of_the_key_is_not_the_key(tmp_path: Path) -> None:
    given = rule(2, "column", "add-column", value="id", expression="99", data_type={"type": "int8"})
    world = Employees(tmp_path, given, columns=PLAIN)
    world.rows.append({"id": 1, "name": "Ada", "passport": None, "salary": None})
    world.apply(delete(1))
    assert world.rows == []


def test_two_tables_renamed_to_one_collide_and_nothing_stops_them(tmp_path: Path) -> None:
    world = Employees(tmp_path, rule(2, "table", "rename", value="employees"), columns=PLAIN)
    other = SourceTable("hr", "staff", EMPLOYEES.columns, ("id",))
    world.further_sources = (other,)
    world.tables.load(world.target)
    world.apply(insert(), Change("I", "hr", "staff", {"id": 1, "name": "Eve"}))
    assert [found["name"] for found in world.rows] == ["Ada"]
    assert world.errors[0].startswith("ORA-00001")


# -------------------------------------------------------- schemas and the rest


def test_without_a_schema_rule_tables_go_to_the_user_of_the_target_endpoint(tmp_path: Path) -> None:
    world = Employees(tmp_path, columns=PLAIN)
    assert world.tables.plan("hr", "employees").target_name == ("DMSUSER", "employees")


def test_a_schema_rule_redirects_even_to_its_own_name(tmp_path: Path) -> None:
    world = Employees(tmp_path, rule(2, "schema", "rename", value="hr"), columns=PLAIN)
    assert world.tables.without_target == {("hr", "employees"): "hr.employees"}


def test_the_target_schema_of_the_settings_stands_in_for_a_schema_rule(tmp_path: Path) -> None:
    settings = {"TargetMetadata": {"TargetSchema": "STAFF"}}
    world = Employees(tmp_path, columns=PLAIN, settings=settings)
    assert world.tables.without_target == {("hr", "employees"): "STAFF.employees"}
    renamed = Employees(
        tmp_path, rule(2, "schema", "rename", value="DMSUSER"), columns=PLAIN, settings=settings
    )
    assert renamed.tables.without_target == {}


ODD = SourceTable(
    "s", "t", tuple(SourceColumn(name, "int4") for name in ("a#", "b\\", "c/", "d-", "שם", "plain"))
)


@pytest.mark.parametrize(("unsupported", "changed"), [("applied", 6), ("ignored", 1)])
def test_columns_dms_supports_no_transformation_for(unsupported: str, changed: int) -> None:
    mappings = parse_table_mappings(
        {"rules": [EVERYTHING, rule(2, "column", "add-prefix", "%", value="X_")]}
    )
    [mapped] = resolve(mappings, [ODD], Resolution(unsupported=unsupported))
    assert sum(column.target.startswith("X_") for column in mapped.columns) == changed


@pytest.mark.parametrize(("unsupported", "name"), [("applied", "NOTE"), ("ignored", "note")])
def test_lob_columns_can_be_dropped_and_perhaps_nothing_else(unsupported: str, name: str) -> None:
    def targets(action: str) -> list[str]:
        mappings = parse_table_mappings({"rules": [EVERYTHING, rule(2, "column", action, "note")]})
        [mapped] = resolve(mappings, [EMPLOYEES], Resolution(unsupported=unsupported))
        return [column.target for column in mapped.columns]

    assert targets("convert-uppercase")[-1] == name
    assert targets("remove-column") == ["id", "name", "passport", "salary"]


# ----------------------------------------------------------------- rules changed


def resumed(tmp_path: Path, *rules: dict[str, Any], **switches: str) -> Employees:
    """A task that was started with every column in upper case, and goes on with other rules."""
    columns = {name.upper(): "VARCHAR2" for name in PLAIN} | {
        "id": "NUMBER",
        "FULL_NAME": "VARCHAR2",
    }
    first = Employees(tmp_path, rule(2, "column", "convert-uppercase", "%"), columns=columns)
    world = Employees(tmp_path, *rules, columns=columns, switches=switches)
    world.tables.resume(first.tables.column_names)
    return world


def targets(world: Employees) -> list[str]:
    world.tables.refresh(world.target)
    return [column.target for column in world.tables.mapped[0].columns]


def test_a_column_renamed_before_a_resume_loses_its_data(tmp_path: Path) -> None:
    upper, renames = (
        rule(2, "column", "convert-uppercase", "%"),
        rule(1, "column", "rename", "name", value="FULL_NAME"),
    )
    world = resumed(tmp_path, upper, renames, selection(9))
    assert targets(world) == ["ID", "PASSPORT", "SALARY", "NOTE"]
    applied = resumed(tmp_path, upper, renames, selection(9), renamed_columns_on_resume="applied")
    assert targets(applied) == ["ID", "FULL_NAME", "PASSPORT", "SALARY", "NOTE"]


def test_a_resume_with_the_same_rules_loses_nothing(tmp_path: Path) -> None:
    world = resumed(tmp_path, rule(2, "column", "convert-uppercase", "%"))
    assert targets(world) == ["ID", "NAME", "PASSPORT", "SALARY", "NOTE"]


def test_before_images_outlive_a_resume(tmp_path: Path) -> None:
    world = Employees(tmp_path, before_images(), columns=IMAGES)
    world.tables.resume(world.tables.column_names)
    assert targets(world)[-1] == "BI_id"


def test_a_column_the_source_got_since_is_not_an_altered_one(tmp_path: Path) -> None:
    world = resumed(tmp_path, rule(2, "column", "convert-uppercase", "%"))
    world.source = SourceTable(
        "hr", "employees", (*EMPLOYEES.columns, SourceColumn("born", "date")), ("id",)
    )
    assert targets(world)[-1] == "BORN"


# --------------------------------------------------------------- table settings


@pytest.mark.parametrize(
    ("lob_settings", "kept"),
    [
        (None, 16384),
        ({"mode": "none"}, 16384),
        ({"mode": "limited", "bulk-max-size": "1"}, 512),
        ({"mode": "unlimited"}, 20000),
    ],
)
def test_lob_settings_of_a_table_stand_above_those_of_the_task(
    tmp_path: Path, lob_settings: dict[str, str] | None, kept: int
) -> None:
    settings = {
        "rule-type": "table-settings",
        "rule-id": 2,
        "object-locator": {"schema-name": "hr", "table-name": "employees"},
        "lob-settings": lob_settings,
        "parallel-load": {"type": "ranges", "columns": ["name"], "boundaries": [["9"]]},
    }
    world = Employees(tmp_path, settings, columns={"id": "NUMBER", "note": "NCLOB"})
    world.apply(insert(note="x" * 20000), insert(id=2, name=None, note="y"))
    # and a NULL in a boundary column is no matter
    assert [len(found["note"]) for found in world.rows] == [kept, 1]
