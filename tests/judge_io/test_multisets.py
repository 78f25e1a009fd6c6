"""Tables without a key: how often each row stands on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciliation.compare.multisets import compare
from reconciliation.compare.multisets.streams import statements
from reconciliation.compare.streams.layout import NoTexts
from tests.proxy import Proxy

from .box import Box

MULTISET = 'rows = "multiset"'
LOOSE = ("name text, cost numeric", "name VARCHAR2(100), cost NUMBER")


@pytest.fixture
def loose(box: Box) -> Box:
    """Five rows, three of them the same, and one with NULL; equal on both sides, whatever their
    order.
    """
    rows = [
        ("'b', 0.5", "'b', 0.5"),
        ("'a', 1.50", "NULL, 2"),
        ("'a', 1.5", "'a', 1.5"),
        ("'a', 1.500", "'a', 1.5"),
        ("NULL, 2", "'a', 1.5"),
    ]
    box.table("t", *LOOSE, rows)
    box.contract("t", ["name", "cost"], MULTISET)
    return box


def test_the_same_rows_as_often_are_equal(loose: Box) -> None:
    outcome = loose.run()
    table = outcome.table("t")
    assert outcome.status == 0, outcome.out
    assert (table["status"], table["source_rows"], table["target_rows"], table["equal_rows"]) == (
        "equal",
        5,
        5,
        5,
    )
    assert table["method"] == "rows with the same values, counted on both sides"
    assert table["watermark"]


def test_an_oracle_without_digests_counts_itself(loose: Box) -> None:
    loose.monkeypatch.setattr(compare, "has_digests", lambda _: False)
    loose.there("INSERT INTO t VALUES ('a', 1.5)")
    table = loose.run().table("t")
    assert (table["equal_rows"], table["extra_rows"]) == (5, 1)


def test_rows_of_several_texts_need_no_long_sort_key(box: Box) -> None:
    wide = [f"c{number} varchar(3000)" for number in range(4)]
    box.table("t", ", ".join(wide), ", ".join(wide).replace("varchar", "VARCHAR2"))
    box.here(
        "INSERT INTO {s}.t SELECT repeat('x', 3000), repeat('y', 3000), 'é', 'z' || i FROM "
        "generate_series(1, 30) AS i",
        "INSERT INTO {s}.t SELECT * FROM {s}.t",
    )
    box.there(
        "INSERT INTO t SELECT RPAD('x', 3000, 'x'), RPAD('y', 3000, 'y'), 'é', 'z' || "
        "(MOD(level, 30) + 1) FROM "
        "dual CONNECT BY level <= 60"
    )
    box.contract("t", [f"c{number}" for number in range(4)], MULTISET)
    table = box.run().table("t")
    assert (table["source_rows"], table["target_rows"], table["equal_rows"]) == (60, 60, 60)
    assert table["status"] == "equal"


def test_oracle_sorts_digests_and_groups_nothing(loose: Box) -> None:
    asked: list[str] = []
    loose.monkeypatch.setattr(
        compare, "statements", lambda rows, by: asked.extend(statements(rows, by)) or asked[-2:]
    )
    assert loose.run().status == 0
    assert asked[1].endswith("FROM g ORDER BY h")
    assert "GROUP BY" not in asked[1]


def test_a_broken_text_is_no_verdict(loose: Box) -> None:
    loose.here("INSERT INTO {s}.t VALUES ('ÃŽÃ-broken', 1)")
    loose.there("INSERT INTO t VALUES ('ÃŽÃ-broken', 1)")
    with Proxy(loose.server.port) as network:
        network.rewrite("ÃŽÃ-broken".encode(), "ÃŽ".encode() + b"\xc3(-broken")
        loose.server = replace(loose.server, port=network.port)
        outcome = loose.run()
    assert outcome.status == 2
    assert (
        "a row without a key cannot be read: its text is none in the character set"
        in outcome.table("t")["reason"]
    )


def test_a_row_that_stands_there_once_too_often(loose: Box) -> None:
    loose.there("INSERT INTO t VALUES ('a', 1.5)", "INSERT INTO t VALUES ('z', NULL)")
    loose.here("INSERT INTO {s}.t VALUES ('b', 0.50), ('b', 0.5)")
    outcome = loose.run("--html", str(loose.root / "out"))
    table = outcome.table("t")
    assert outcome.status == 1
    assert (
        table["missing_rows"],
        table["extra_rows"],
        table["differing_rows"],
        table["equal_rows"],
    ) == (2, 2, 0, 5)
    found = {
        tuple(one["key"]): (one["kind"], one["source_value"], one["target_value"])
        for one in table["differences"]
    }
    assert found == {
        ("a", "1.5"): ("extra", 3, 4),
        ("z", None): ("extra", 0, 1),
        ("b", "0.5"): ("missing", 3, 1),
    }
    words = (
        "name='a' cost=1.5  the row stands 3 times in PostgreSQL, 4 times in Oracle TRAVELBUDDY.T"
    )
    assert words in loose.run(json_report=False).out
    assert "4 times" in (loose.root / "out" / "reconciliation.html").read_text(encoding="utf-8")


def test_one_changed_row_is_missing_and_extra(loose: Box) -> None:
    loose.there("UPDATE t SET name = 'B' WHERE name = 'b'")
    table = loose.run().table("t")
    assert (table["status"], table["missing_rows"], table["extra_rows"]) == ("divergent", 1, 1)
    assert {tuple(one["key"]) for one in table["differences"]} == {("b", "0.5"), ("B", "0.5")}


def test_rows_beyond_the_filter_are_not_counted(loose: Box) -> None:
    loose.there("INSERT INTO t VALUES ('z', NULL)")
    loose.contract(
        "t", ["name", "cost"], f'{MULTISET}\nsource_filter = "cost > 0"\ntarget_filter = "COST > 0"'
    )
    outcome = loose.run()
    assert (outcome.status, outcome.table("t")["equal_rows"]) == (0, 5)


def test_accepted_differences_are_counted(box: Box) -> None:
    box.table("t", *LOOSE, [("'', 1", "NULL, 1"), ("'', 1", "NULL, 1"), ("'x', 2", "'x', 2")])
    box.contract("t", ["name", "cost"], MULTISET)
    table = box.run().table("t")
    assert (table["missing_rows"], table["extra_rows"]) == (2, 2)
    box.accept("t", '["name"]', "empty_string_is_null")
    outcome = box.run()
    assert outcome.status == 0, outcome.out
    assert outcome.table("t")["accepted_values"] == {"name: empty_string_is_null": 2}
    assert outcome.table("t")["equal_rows"] == 3
    box.there("INSERT INTO t VALUES (NULL, 1)")
    table = box.run().table("t")
    assert (table["extra_rows"], table["missing_rows"], table["accepted_values"]) == (
        1,
        0,
        {"name: empty_string_is_null": 2},
    )
    assert (table["differences"][0]["source_value"], table["differences"][0]["target_value"]) == (
        2,
        3,
    )


def test_texts_in_any_language_are_in_one_order(box: Box) -> None:
    names = ["a", "B", "ä", "서울", "🛬", "Z", "é", "e\u0301", "a ", "-a", "_", "~", "\uffee", "ß"]
    box.table("t", *LOOSE)
    for count, name in enumerate(names, 1):
        box.here(f"INSERT INTO {{s}}.t SELECT '{name}', {count} FROM generate_series(1, {count})")
        for _ in range(count):
            box.there(f"INSERT INTO t VALUES ('{name}', {count})")
    box.contract("t", ["name", "cost"], MULTISET)
    outcome = box.run()
    assert outcome.status == 0, outcome.out
    assert outcome.table("t")["equal_rows"] == len(names) * (len(names) + 1) // 2
    box.there("DELETE FROM t WHERE name = 'é'", "INSERT INTO t VALUES ('서울', 4)")
    table = box.run().table("t")
    assert (table["missing_rows"], table["extra_rows"]) == (7, 1)


def test_sensitive_values_of_a_row_are_digests(loose: Box) -> None:
    loose.there("INSERT INTO t VALUES ('secret one', 77)")
    loose.contract("t", ["name", "cost"], f'{MULTISET}\nsensitive = ["name"]')
    outcome = loose.run("--html", str(loose.root / "out"))
    html = (loose.root / "out" / "reconciliation.html").read_text(encoding="utf-8")
    assert outcome.table("t")["extra_rows"] == 1
    for text in (outcome.out, html, loose.run(json_report=False).out):
        assert "secret one" not in text
        assert "77" in text


def test_a_row_that_arrives_late_is_equal(loose: Box) -> None:
    """Arrives after the first look, within the arrival limit of 0.2 s that is
    waited three times.
    """
    loose.here("INSERT INTO {s}.t VALUES ('late', 1)")
    looks: list[int] = []
    real = compare._Counting.count_all

    def look(self: compare._Counting) -> compare.Seen:
        found = real(self)
        looks.append(found.target_rows)
        if len(looks) == 1:
            loose.there("INSERT INTO t VALUES ('late', 1)")
        return found

    loose.monkeypatch.setattr(compare._Counting, "count_all", look)
    outcome = loose.run()
    assert outcome.status == 0, outcome.out
    assert (outcome.table("t")["equal_rows"], outcome.table("t")["rechecked_rows"]) == (6, 1)
    assert looks[:2] == [5, 6]


def test_more_than_memory_holds_is_no_verdict(loose: Box) -> None:
    loose.monkeypatch.setattr(compare, "KEPT_BYTES", 8)
    loose.there("INSERT INTO t VALUES ('y', 1)", "INSERT INTO t VALUES ('z', 1)")
    outcome = loose.run()
    assert outcome.status == 2
    assert "different rows stand in unequal numbers" in outcome.table("t")["reason"]


def test_more_than_memory_holds_at_a_later_look_is_no_verdict(loose: Box) -> None:
    """Much of the table is written while rows that differ are looked at again: none of them agrees
    by that.
    """
    loose.there("INSERT INTO t VALUES ('y', 1)")
    real, looks = compare._Counting.count_all, []

    def look(self: compare._Counting) -> compare.Seen:
        looks.append(real(self))
        loose.monkeypatch.setattr(compare, "KEPT_BYTES", 0)
        return looks[-1]

    loose.monkeypatch.setattr(compare._Counting, "count_all", look)
    outcome = loose.run()
    assert outcome.status == 2, outcome.out
    assert outcome.table("t")["status"] == "not judged"
    assert "1 different rows stand in unequal numbers" in outcome.table("t")["reason"]
    assert [found.dropped for found in looks] == [0, 1]


def test_a_value_that_cannot_be_read_is_no_verdict(box: Box) -> None:
    box.table(
        "t", "at timestamp", "at TIMESTAMP(6)", [("'infinity'", "TIMESTAMP '2026-03-01 00:00:00'")]
    )
    box.contract("t", ["at"], MULTISET)
    outcome = box.run()
    assert outcome.status == 2
    assert "at: rule timestamp cannot read 'infinity'" in outcome.table("t")["reason"]


def test_a_column_that_cannot_be_counted_is_refused(box: Box) -> None:
    box.table("t", "note text", "note CLOB", [("'a'", "'a'")])
    box.contract("t", ["note"], MULTISET)
    outcome = box.run()
    assert outcome.status == 2
    assert (
        "has no key, so its rows have to be counted, but note (text) -> NOTE"
        in outcome.table("t")["reason"]
    )
    assert issubclass(NoTexts, Exception)
