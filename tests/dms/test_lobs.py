"""LOBs: their limits, the steps they are written in, and where their values come from."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetColumn, TargetTable
from lab.dms.transform.lobs import LobTruncated
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.table_world import TableWorld, inserted, updated, upper_case
from tests.dms.worlds import spec_content

SOURCE = SourceTable(
    "app",
    "notes",
    (
        SourceColumn("id", "int8"),
        SourceColumn("title", "varchar", 44),
        SourceColumn("body", "text"),
        SourceColumn("page", "xml"),
        SourceColumn("data", "bytea"),
        SourceColumn("more", "jsonb"),
    ),
    ("id",),
)
LOBS = ("BODY", "PAGE", "DATA", "MORE")
KB = {"TargetMetadata": {"LobMaxSize": 1}}


def target_table(nullable: bool = True) -> TargetTable:
    lobs = tuple(
        TargetColumn(name, kind, 4000, nullable)
        for name, kind in zip(LOBS, ("NCLOB", "CLOB", "BLOB", "NCLOB"), strict=True)
    )
    return TargetTable(
        "APP",
        "NOTES",
        (TargetColumn("ID", "NUMBER", 22, False), TargetColumn("TITLE", "VARCHAR2", 40), *lobs),
        ("ID",),
    )


class Notes(TableWorld):
    def __init__(
        self, directory: Path, *, nullable: bool = True, table: SourceTable = SOURCE, **more: Any
    ) -> None:
        self.database = FakeDatabase()
        self.database.add(target_table(nullable))
        super().__init__(directory, FakeTarget(self.database), table, **more)

    @property
    def row(self) -> dict[str, Any]:
        [row] = self.database.rows("APP", "NOTES")
        return row

    @property
    def errors(self) -> list[str]:
        return [row["ERROR"] for row in self.database.rows("APP", "awsdms_apply_exceptions")]

    @property
    def writes(self) -> list[str]:
        return [text for text in self.database.statements if '"NOTES"' in text and text[0] in "IU"]


def note(**values: Any) -> dict[str, Any]:
    return {"id": 1, "title": "t", "body": None, "page": None, "data": None, "more": None} | values


@pytest.mark.parametrize(
    ("column", "value", "kept", "said"),
    [
        # an NCLOB counts two bytes a character, four beyond U+FFFF; a CLOB one and two
        ("body", "x" * 512, "x" * 512, None),
        ("body", "x" * 513, "x" * 512, 1026),
        ("body", "😀" * 257, "😀" * 256, 1028),
        ("page", "é" * 1024, "é" * 1024, None),
        ("page", "é" * 1025, "é" * 1024, 1025),
        ("page", "😀" * 513, "😀" * 512, 1026),
        ("data", "\\x" + "ab" * 1025, b"\xab" * 1024, 1025),
        # truncation makes invalid JSON
        ("more", {"k": "x" * 600}, '{"k": "' + "x" * 505, 1218),
    ],
)
def test_limited_lobs_are_cut_with_a_warning(
    tmp_path: Path, column: str, value: Any, kept: Any, said: int | None
) -> None:
    world = Notes(tmp_path, settings=KB)
    world.apply(inserted("notes", **note(**{column: value})))
    assert world.row[column.upper()] == kept
    warnings = [line for line in world.log_lines if "was truncated to" in line]
    assert len(warnings) == (said is not None)
    if said is not None:
        assert "[SOURCE_CAPTURE  ]W:  Value of column '" in warnings[0]
        text = (
            f"'{column}' in table 'app.notes' was truncated to 1024 bytes, actual length: "
            f"{said} bytes"
        )
        assert text in warnings[0]


def test_the_default_limit_is_32_kb(tmp_path: Path) -> None:
    world = Notes(tmp_path)
    world.apply(inserted("notes", **note(body="x" * 16385, data="\\x" + "00" * 32769)))
    assert (len(world.row["BODY"]), len(world.row["DATA"])) == (16384, 32768)


def test_truncation_may_fail_the_task(tmp_path: Path) -> None:
    database = spec_content()["source"] | {"attributes": {"failTasksOnLobTruncation": "true"}}
    failing = Notes(tmp_path, settings=KB, source=database)
    with pytest.raises(
        LobTruncated, match=r"'body' in table 'app\.notes' would be truncated to 1024 bytes"
    ):
        failing.apply(inserted("notes", **note(body="x" * 513)))
    assert failing.database.committed("APP", "NOTES") == []


def test_an_insert_with_lobs_is_written_in_two_steps(tmp_path: Path) -> None:
    world = Notes(tmp_path)
    done = world.apply(
        inserted("notes", **note(body="text", data="\\x00")), inserted("notes", **note(id=2))
    )
    assert world.writes == [
        'INSERT INTO "APP"."NOTES" ("ID","TITLE") VALUES (:1,:2)',
        'UPDATE "APP"."NOTES" SET "BODY"=:1,"DATA"=:2 WHERE "ID"=:3',
        'INSERT INTO "APP"."NOTES" ("ID","TITLE") VALUES (:1,:2)',
    ]
    assert done.counts == {("app", "notes", "applied_inserts"): 2}
    once = Notes(tmp_path, switches={"lob_write": "one_step"})
    once.apply(inserted("notes", **note(body="text")))
    assert len(once.writes) == 1


def test_a_lob_column_that_must_not_be_null_loses_the_row(tmp_path: Path) -> None:
    world = Notes(tmp_path, nullable=False)
    done = world.apply(inserted("notes", **note(body="b", page="p", data="\\x00", more={})))
    assert (world.errors[0][:9], world.database.rows("APP", "NOTES"), done.counts) == (
        "ORA-01400",
        [],
        {},
    )


def test_an_update_writes_lobs_at_once(tmp_path: Path) -> None:
    world = Notes(tmp_path)
    world.apply(inserted("notes", **note()), updated("notes", **note(body="b")))
    assert world.writes[-1].startswith('UPDATE "APP"."NOTES" SET "ID"=:1,"TITLE"=:2,"BODY"=:3')
    assert world.row["BODY"] == "b"


def test_without_a_key_there_are_no_lobs(tmp_path: Path) -> None:
    bare = SourceTable("app", "notes", SOURCE.columns)
    world = Notes(tmp_path, table=bare)
    world.apply(inserted("notes", **note(body="lost")))
    assert (world.row["TITLE"], world.row["BODY"]) == ("t", None)
    assert any(
        "has no primary key; its LOB columns are not replicated: body" in line
        for line in world.log_lines
    )


def test_a_lob_cannot_be_the_key(tmp_path: Path) -> None:
    columns = (SourceColumn("id", "text"), SourceColumn("title", "varchar", 44))
    world = Notes(tmp_path, table=SourceTable("app", "notes", columns, ("id",)))
    world.apply(inserted("notes", id="5", title="t"))
    assert world.errors == ['ORA-01400: cannot insert NULL into ("APP"."NOTES"."ID")']


@pytest.mark.parametrize(
    "settings",
    [
        {"TargetMetadata": {"SupportLobs": False}},
        {"ErrorBehavior": {"ApplyErrorUpdatePolicy": "UPDATE_RECORD"}},
    ],
)
def test_lobs_switched_off_are_left_out(tmp_path: Path, settings: dict[str, Any]) -> None:
    world = Notes(tmp_path, settings=settings)
    world.apply(
        inserted("notes", **note(body="lost", more={"a": 1})),
        updated("notes", **note(title="u", body="lost")),
    )
    assert (world.row["TITLE"], world.row["BODY"], world.row["MORE"]) == ("u", None, None)


class Asked:
    """Answers what the source's current row holds, and whether that is JSON's own null."""

    def __init__(self, answer: str | None, is_json_null: bool = False) -> None:
        self.answer = answer
        self.is_json_null = is_json_null
        self.asked: list[tuple[str, list[Any]]] = []

    def __call__(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        if "::text = 'null'" in sql:
            return [] if self.answer is None else [(self.is_json_null,)]
        self.asked.append((sql, list(parameters)))
        return [] if self.answer is None else [(self.answer,)]


FULL = {"TargetMetadata": {"FullLobMode": True, "LimitedSizeLobMode": False}}
ANSWER = '{"body": "newer", "page": null, "data": "\\\\x00ff", "more": {"n": 1.10}}'


@pytest.mark.parametrize(
    "options",
    [{"settings": FULL}, {"settings": KB, "switches": {"cdc_lob_fetch": "lookup"}}],
    ids=["full", "lookup"],
)
def test_lobs_are_read_from_the_source_as_they_are_now(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    asked = Asked(ANSWER)
    world = Notes(tmp_path, query=asked, **options)
    world.apply(inserted("notes", **note(body="x" * 9999)))
    assert (world.row["BODY"], world.row["DATA"], world.row["MORE"]) == (
        "newer",
        b"\x00\xff",
        '{"n": 1.10}',
    )
    wanted = '(SELECT "body", "data", "more", "page") wanted'
    sql = f"SELECT (SELECT row_to_json(wanted)::text FROM {wanted})"
    assert asked.asked == [(f'{sql} FROM "app"."notes" WHERE "id" = %s', ["1"])]


@pytest.mark.parametrize(
    ("answer", "is_json_null", "there"),
    [("{}", True, "null"), ("{}", False, None), (None, True, None)],
    ids=["JSON null", "NULL", "deleted since"],
)
def test_the_null_of_json_is_a_value(
    tmp_path: Path, answer: str | None, is_json_null: bool, there: str | None
) -> None:
    world = Notes(tmp_path, query=Asked(answer, is_json_null))
    world.apply(inserted("notes", **note(more=None)))
    assert world.row["MORE"] == there
    world.apply(updated("notes", **note(more={"n": 1})), updated("notes", **note(more=None)))
    assert world.row["MORE"] == there


def test_lobs_of_a_row_deleted_since_are_null(tmp_path: Path) -> None:
    world = Notes(tmp_path, query=Asked(None), settings=FULL)
    world.apply(inserted("notes", **note(body="seen in the stream")))
    assert (world.row["TITLE"], world.row["BODY"]) == ("t", None)


def test_a_table_may_have_lob_settings_of_its_own(tmp_path: Path) -> None:
    def own(**settings: str) -> dict[str, Any]:
        locator = {"schema-name": "app", "table-name": "notes"}
        return {"rule-type": "table-settings", "object-locator": locator, "lob-settings": settings}

    small = upper_case(own(**{"mode": "limited", "bulk-max-size": "2"}))
    world = Notes(tmp_path, settings=KB, table_mappings=small)
    world.apply(inserted("notes", **note(body="x" * 2000)))
    assert len(world.row["BODY"]) == 1024
    unlimited = Notes(
        tmp_path, settings=KB, table_mappings=upper_case(own(mode="unlimited")), query=Asked(ANSWER)
    )
    unlimited.apply(inserted("notes", **note(body="x" * 2000)))
    assert unlimited.row["BODY"] == "newer"


def test_an_untouched_toasted_value_may_be_looked_up(tmp_path: Path) -> None:
    asked = Asked('{"body": "as it is now"}')
    world = Notes(tmp_path, query=asked, switches={"unchanged_toast": "lookup"})
    world.apply(inserted("notes", **note(body="before")))
    assert asked.asked == []
    untouched = {name: value for name, value in note(title="u").items() if name != "body"}
    world.apply(updated("notes", **untouched))
    assert (world.row["TITLE"], world.row["BODY"]) == ("u", "as it is now")


def test_digits_of_a_value_that_was_looked_up_are_kept(tmp_path: Path) -> None:
    world = Notes(tmp_path, query=Asked('{"more": {"n": 12345678901234567890.10}}'), settings=FULL)
    found = world.applier._maker._lookup.values(world.tables.mapped[0], ["more"], {"id": 1})
    assert found == {"more": {"n": Decimal("12345678901234567890.10")}}
