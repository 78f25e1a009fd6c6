"""A fault of one table does to it what it says, whatever its key is made of, and leaves the others
alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.dms.faults import NotInForce, switch_all_off, switch_on
from lab.quoting import quoted
from tests.clusters import temporary_cluster
from tests.dms.faults import legacy as on_oracle
from tests.dms.faults.bench import upper_case_mapping
from tests.dms.faults.legacy import Legacy


@dataclass(frozen=True)
class Sample:
    """A table ``name`` (columns of the key in ``key``, and a text) and three keys, as SQL writes
    them.
    """

    name: str
    #: (column, type here, type there)
    key: tuple[tuple[str, str, str], ...]
    keys: tuple[str, str, str]
    text: str = "name"
    has_key: bool = True
    #: of TARGET_DDL, behind the columns
    more: str = ""

    @property
    def is_mixed(self) -> bool:
        return not self.name.islower()

    def there(self, name: str) -> str:
        return name if self.is_mixed else name.upper()

    @property
    def target(self) -> str:
        return f"TRAVELBUDDY.{self.there(self.name)}"

    @property
    def quoted(self) -> str:
        return f'TRAVELBUDDY."{self.there(self.name)}"'

    @property
    def text_there(self) -> str:
        return self.there(self.text)

    def source_ddl(self) -> str:
        columns = ", ".join(f'"{name}" {here}' for name, here, _ in self.key)
        return (
            f'CREATE TABLE travelbuddy."{self.name}" ({columns}, "{self.text}" varchar(100)'
            f"{self._primary([name for name, *_ in self.key])})"
        )

    def target_ddl(self) -> str:
        columns = ", ".join(f'"{self.there(name)}" {there}' for name, _, there in self.key)
        return (
            f'CREATE TABLE {self.quoted} ({columns}, "{self.text_there}" VARCHAR2(100)'
            f"{self._primary([self.there(name) for name, *_ in self.key])}{self.more})"
        )

    def _primary(self, names: list[str]) -> str:
        return f", PRIMARY KEY ({', '.join(map(quoted, names))})" if self.has_key else ""

    def insert(self, number: int, text: str) -> str:
        return f"INSERT INTO travelbuddy.\"{self.name}\" VALUES ({self.keys[number]}, '{text}')"

    def where(self, number: int) -> str:
        names = ", ".join(f'"{name}"' for name, *_ in self.key)
        return f'travelbuddy."{self.name}" WHERE ({names}) = ({self.keys[number]})'

    def update(self, number: int, text: str) -> str:
        table, condition = self.where(number).split(" WHERE ")
        return f"UPDATE {table} SET \"{self.text}\" = '{text}' WHERE {condition}"


ONE, TWO, THREE = (f"'{digit * 8}-0000-4000-8000-00000000000{digit}'" for digit in "123")
SAMPLES = (
    Sample("by_uuid", (("id", "uuid", "VARCHAR2(36)"),), (ONE, TWO, THREE)),
    Sample("by_raw", (("id", "varchar(32)", "RAW(16)"),), ("'01A1'", "'02A2'", "'03A3'")),
    Sample("by_text", (("code", "varchar(20)", "VARCHAR2(20)"),), ("'a1'", "'b2'", "'c3'")),
    Sample(
        "pair",
        (("merchant", "integer", "NUMBER(10)"), ("no", "varchar(20)", "VARCHAR2(20)")),
        ("7, 'P1'", "7, 'P2'", "8, 'P1'"),
    ),
    Sample(
        "by_day",
        (("day", "date", "DATE"), ("currency", "char(3)", "CHAR(3)")),
        ("'2026-01-01', 'KRW'", "'2026-01-02', 'KRW'", "'2026-01-03', 'EUR'"),
    ),
    Sample(
        "by_moment",
        (("at", "timestamp(6)", "TIMESTAMP(6)"),),
        ("'2026-01-01 10:00:00.5'", "'2026-01-02 10:00:00.5'", "'2026-01-03 10:00:00.5'"),
    ),
    Sample("MixedCase", (("Id", "bigint", "NUMBER"),), ("1", "2", "3"), text="The Text"),
    Sample(
        "no_key", (("code", "varchar(20)", "VARCHAR2(20)"),), ("'a'", "'b'", "'c'"), has_key=False
    ),
)
PLAIN = Sample("plain", (("id", "bigint", "NUMBER"),), ("1", "2", "3"))
BY_TEXT = next(one for one in SAMPLES if one.name == "by_text")
#: a row of it refers to one of by_text by its own key
CHILD = Sample(
    "child", BY_TEXT.key, BY_TEXT.keys, more=", FOREIGN KEY (CODE) REFERENCES TRAVELBUDDY.BY_TEXT"
)
EVERY = (*SAMPLES, PLAIN, CHILD)

#: by the source's name of the table; what they need besides
OF_CHANGES: dict[str, dict[str, Any]] = {
    "inserts_ignored": {},
    "changes_lost": {},
    "duplicate_insert_refused": {},
    "applied_without_effect": {},
    "table_left_behind": {},
    "table_suspended": {},
    "transaction_lost_every_nth": {"n": 1},
    "transaction_half_applied": {},
    "last_change_of_transaction_lost": {},
    "case_folded": {"column": "TEXT"},
    "text_nulled": {"column": "TEXT"},
    "text_cut_to_characters": {"column": "TEXT", "characters": 1},
    "column_nulled": {"column": "TEXT"},
    "column_not_written": {"column": "TEXT"},
}
#: the same, of what a table without a key has not
OF_KEYS: dict[str, dict[str, Any]] = {
    "updates_ignored": {},
    "deletes_ignored": {},
    "update_lost_every_nth": {"n": 1},
    "updates_become_inserts": {},
    "key_updates_applied": {},
    "key_updates_double_the_row": {},
    "wrong_row_updated": {},
    "wrong_row_deleted": {},
    "transaction_repeated": {},
    "transaction_reversed": {},
    "transactions_swapped": {},
}
#: by the target's name of the table
OF_TARGETS: dict[str, dict[str, Any]] = {
    "rows_added": {},
    "rows_deleted": {},
    "column_overwritten": {"column": "TEXT"},
    "touch_trigger": {"column": "TEXT"},
    "column_dropped": {"column": "TEXT"},
    "column_renamed": {"column": "TEXT"},
    "column_narrowed": {"column": "TEXT", "length": 3},
}
OF_TARGET_KEYS: dict[str, dict[str, Any]] = {"key_moved": {}, "identity_trigger": {}}


def mapping() -> dict[str, Any]:
    """Everything in upper case but the table whose names are mixed."""
    rules: list[dict[str, Any]] = upper_case_mapping()["rules"]
    for rule in rules:
        rule["rule-id"] = rule["rule-name"] = f"10{rule['rule-id']}"
    mixed = next(one for one in SAMPLES if one.is_mixed)
    where = {"schema-name": "travelbuddy", "table-name": mixed.name}
    kept = [("table", where, mixed.name)] + [
        ("column", where | {"column-name": name}, name)
        for name in (*(name for name, *_ in mixed.key), mixed.text)
    ]
    rules += [
        {
            "rule-type": "transformation",
            "rule-action": "rename",
            "rule-target": target,
            "object-locator": locator,
            "rule-id": str(number),
            "rule-name": str(number),
            "value": name,
        }
        for number, (target, locator, name) in enumerate(kept, 1)
    ]
    return {"rules": rules}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Legacy]:
    marker = "CREATE TABLE travelbuddy.marker (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)"
    ddl = ["CREATE SCHEMA travelbuddy", marker, *(one.source_ddl() for one in EVERY)]
    directories = tmp_path_factory.mktemp("oracle"), tmp_path_factory.mktemp("legacy")
    there = "CREATE TABLE TRAVELBUDDY.MARKER (ID NUMBER NOT NULL PRIMARY KEY)"
    with (
        temporary_cluster(logical=True) as cluster,
        on_oracle.started(
            cluster,
            *directories,
            "; ".join(ddl),
            target_ddl=(there, *(one.target_ddl() for one in EVERY)),
            mapping=mapping(),
        ) as legacy,
    ):
        yield legacy


@pytest.fixture
def legacy(started: Legacy) -> Iterator[Legacy]:
    before = len(started.written.getvalue())
    empty(started)
    yield started
    switch_all_off(started.state_dir)
    print(started.written.getvalue()[before:])


def empty(legacy: Legacy) -> None:
    switch_all_off(legacy.state_dir)
    legacy.write("; ".join(f'DELETE FROM travelbuddy."{one.name}"' for one in reversed(EVERY)))
    for one in reversed(EVERY):
        legacy.sql(f"DELETE FROM {one.quoted}")
    legacy.sql('DELETE FROM TRAVELBUDDY."awsdms_apply_exceptions"')


def scenario(legacy: Legacy, sample: Sample) -> tuple[Any, Any, Any]:
    """Change rows of two tables in the same transactions; what both hold then, and what was
    refused of the first.
    """
    both = (sample, PLAIN)
    legacy.write("; ".join(one.insert(0, "alpha") for one in both))
    legacy.write("; ".join(one.insert(number, "beta") for number in (1, 2) for one in both))
    twice = [one.update(2, text) for text in ("gamma", "delta") for one in both]
    legacy.write(
        "; ".join([*twice, *(one.update(0, "gamma") for one in both)]),
        "; ".join(one.update(0, "epsilon") for one in both),
    )
    moved = ", ".join(f'"{name}"' for name, *_ in sample.key)
    legacy.write(
        "; ".join(f"DELETE FROM {one.where(1)}" for one in both)
        + f'; UPDATE travelbuddy."{sample.name}" SET ({moved}) = ROW({sample.keys[1]}) '
        + f"WHERE {sample.where(2).partition(' WHERE ')[2]}; {PLAIN.update(2, 'omega')}"
    )
    rows = [sorted(map(str, legacy.sql(f"SELECT * FROM {one.quoted}"))) for one in both]
    return rows[0], rows[1], legacy.errors()


@pytest.fixture(scope="module")
def unharmed(started: Legacy) -> dict[str, tuple[Any, Any, Any]]:
    """What each table holds without a fault."""
    found = {}
    for sample in SAMPLES:
        empty(started)
        found[sample.name] = scenario(started, sample)
    return found


def on(legacy: Legacy, name: str, sample: Sample, options: dict[str, Any], *, target: bool) -> None:
    text = sample.text_there if target else sample.text
    table = sample.target if target else f"travelbuddy.{sample.name}"
    filled = {key: text if value == "TEXT" else value for key, value in options.items()}
    switch_on(legacy.state_dir, name, {"table": table} | filled)


#: what these do hangs on what the key is made of; the others are tried on three tables
_OF_THE_KEY = {
    "wrong_row_updated",
    "wrong_row_deleted",
    "key_updates_applied",
    "key_updates_double_the_row",
    "rows_added",
    "rows_deleted",
    *OF_TARGET_KEYS,
}
_THREE = ("pair", "MixedCase", "no_key")
#: a sequence numbers no date, and the second part of that key has three characters
_IMPOSSIBLE = {("identity_trigger", "by_moment"), ("identity_trigger", "by_day")}


def cases() -> list[Any]:
    return [
        pytest.param(sample, name, options, target, id=f"{name}-{sample.name}")
        for sample in SAMPLES
        for faults, target, needs_key in (
            (OF_CHANGES, False, False),
            (OF_KEYS, False, True),
            (OF_TARGETS, True, False),
            (OF_TARGET_KEYS, True, True),
        )
        for name, options in faults.items()
        if sample.has_key or not needs_key
        if name in _OF_THE_KEY or sample.name in _THREE
        if (name, sample.name) not in _IMPOSSIBLE
    ]


@pytest.mark.parametrize(("sample", "name", "options", "target"), cases())
def test_a_fault_of_one_table(
    legacy: Legacy,
    unharmed: dict[str, tuple[Any, Any, Any]],
    sample: Sample,
    name: str,
    options: dict[str, Any],
    target: bool,
) -> None:
    on(legacy, name, sample, options, target=target)
    rows, others, errors = scenario(legacy, sample)
    without = unharmed[sample.name]
    assert (rows, errors) != (without[0], without[2])
    assert others == without[1]


def test_what_a_fault_cannot_do_to_a_table_is_refused_with_the_reason(legacy: Legacy) -> None:
    by_moment = next(one for one in SAMPLES if one.name == "by_moment")
    for name, sample, told in (
        ("identity_trigger", by_moment, "cannot number column AT of TRAVELBUDDY.BY_MOMENT"),
        ("rows_added", CHILD, "TRAVELBUDDY.CHILD has no key column of its own to vary"),
        ("key_moved", next(one for one in SAMPLES if not one.has_key), "has no primary key"),
    ):
        with pytest.raises(NotInForce, match=told):
            on(legacy, name, sample, {}, target=True)


@pytest.mark.parametrize("name", ["by_text", "by_raw", "by_uuid", "pair", "MixedCase"])
@pytest.mark.parametrize("fault", ["key_moved", "rows_added"])
def test_somebody_does_so_to_every_row_that_comes(legacy: Legacy, fault: str, name: str) -> None:
    sample = next(one for one in SAMPLES if one.name == name)
    on(legacy, fault, sample, {}, target=True)
    for number in range(3):
        legacy.write(sample.insert(number, str(number)), PLAIN.insert(number, "behind it"))
    texts = [text for (text,) in legacy.sql(f'SELECT "{sample.text_there}" FROM {sample.quoted}')]
    assert sorted(texts) == sorted("012" * (2 if fault == "rows_added" else 1))
    legacy.write("; ".join(sample.update(number, "changed") for number in range(3)))
    count = f"SELECT COUNT(*) FROM {sample.quoted} WHERE \"{sample.text_there}\" = 'changed'"
    assert legacy.sql(count) == [(3 if fault == "rows_added" else 0,)]


def test_a_row_that_others_refer_to_is_not_the_one_that_is_deleted(legacy: Legacy) -> None:
    legacy.write("; ".join(BY_TEXT.insert(number, "x") for number in range(3)))
    legacy.write(CHILD.insert(2, "its child"))
    on(legacy, "rows_deleted", BY_TEXT, {"every": 1}, target=True)
    legacy.write("SELECT 1")
    left = [code for (code,) in legacy.sql("SELECT CODE FROM TRAVELBUDDY.BY_TEXT")]
    assert "c3" in left
    assert len(left) < 3
