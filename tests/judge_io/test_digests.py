"""PostgreSQL and Oracle compared by digests: the same result as by reading every row, and hardly
anything moves.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from reconciliation.compare import choice, contracted
from reconciliation.compare.checksums import able, forms
from reconciliation.compare.checksums.digest import Digest
from reconciliation.compare.checksums.forms import NoDigests, counting_forms, digest_forms
from reconciliation.compare.checksums.ground import BothSides
from reconciliation.compare.checksums.segment import compare_digests
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.streams.source import CopiedRows, columns_of
from reconciliation.model import Key, Status, TableResult
from tests.proxy import Proxy

from .pairs_of_tables import Pairs, layout_of, pairs_of_tables, row_of

ROWS = 4_200


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    with pairs_of_tables(tmp_path_factory.mktemp("oracle")) as opened:
        opened.fill("base", [row_of(key) for key in range(ROWS)])
        yield opened


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "SAMPLE_ROWS", 1_000)
    monkeypatch.setattr(
        contracted, "Delivery", lambda *_: SimpleNamespace(behind=lambda anew=True: None)
    )


def _without_method(result: TableResult) -> TableResult:
    return replace(result, method=None, seconds=0.0, watermark=None)


def _moved_rows(result: TableResult) -> int:
    found = re.search(r"keys and ([\d,]+) of", result.method or "")
    assert found, result
    return int(found[1].replace(",", ""))


def test_equal_tables_move_only_digests(pairs: Pairs) -> None:
    result = pairs.compared("base", "digests")
    assert (result.status, result.groups[:3], result.differences[:2]) == (Status.EQUAL, (), ())
    assert (result.source_rows, result.target_rows, result.equal_rows) == (ROWS, ROWS, ROWS)
    assert _moved_rows(result) == 0
    assert "equal by 128-bit digests (MD5) of the texts both databases write" in (
        result.method or ""
    )
    rows = pairs.compared("base", "rows")
    assert _without_method(result) == _without_method(rows)
    # two of three moments have microseconds
    assert rows.reductions == dict.fromkeys(rows.reductions, 2_800)
    assert len(rows.reductions) == 1


def test_every_planted_difference_is_found_as_by_reading_every_row(pairs: Pairs) -> None:
    pairs.fill("planted", [row_of(key) for key in range(3_000)])
    for change in (
        "UPDATE planted SET name = name || ' ' WHERE id = 17",
        "UPDATE planted SET amount = amount + 0.001 WHERE id = 900",
        "UPDATE planted SET seen = seen - 1 WHERE id = 1200",
        "UPDATE planted SET stamp = stamp + INTERVAL '0.000001' SECOND WHERE id = 1201",
        "UPDATE planted SET flag = 'TRUE' WHERE id = 2000",
        "UPDATE planted SET raw = HEXTORAW('01') WHERE id = 2001",
        "UPDATE planted SET w4 = NULL WHERE id = 2500",
        "UPDATE planted SET w3 = w4, w4 = w3 WHERE id = 2600",
        "DELETE FROM planted WHERE id IN (0, 1500, 2999)",
        "INSERT INTO planted (id, name) VALUES (-5, 'x')",
        "INSERT INTO planted (id, name) VALUES (777777, NULL)",
    ):
        pairs.change(change)
    result = pairs.compared("planted", "digests")
    assert _without_method(result) == _without_method(pairs.compared("planted", "rows"))
    changed = {
        (item.key[0], item.source_column) for item in result.differences if item.source_column
    }
    assert changed == {
        (17, "name"),
        (900, "amount"),
        (1200, "seen"),
        (1201, "stamp"),
        (2000, "flag"),
        (2001, "raw"),
        (2500, "w4"),
        (2600, "w3"),
        (2600, "w4"),
    }
    assert (result.missing_rows, result.extra_rows) == (3, 2)


def test_parts_and_rows_that_change_places_are_seen(pairs: Pairs) -> None:
    """A row here is several texts: whole texts of two rows are swapped, once without and once with
    everything else.
    """
    pairs.fill("swapped", [row_of(key) for key in range(1, 1_200)])
    assert len(layout_of(pairs, "swapped").parts) > 1
    for columns in (
        ["w4"],
        ["name", "amount", "seen", "stamp", "flag", "raw", "w0", "w1", "w2", "w3", "w4"],
    ):
        sets = ", ".join(
            f"{column} = CASE id WHEN 2 THEN (SELECT {column} FROM swapped WHERE id = 3) "
            f"ELSE (SELECT {column} FROM swapped WHERE id = 2) END"
            for column in columns
        )
        pairs.change(f"UPDATE swapped SET {sets} WHERE id IN (2, 3)")
        result = pairs.compared("swapped", "digests")
        assert (result.status, {item.key[0] for item in result.differences}) == (
            Status.DIVERGENT,
            {2, 3},
        ), columns
        pairs.change(f"UPDATE swapped SET {sets} WHERE id IN (2, 3)")
    assert pairs.compared("swapped", "digests").status is Status.EQUAL


def test_accepted_empty_text_is_equal_without_moving_and_counted(pairs: Pairs) -> None:
    columns, keys = ("w1", "w2"), range(2_000)
    pairs.fill("empties", [row_of(key) for key in keys])
    # NULL before, on both sides
    pairs.execute("UPDATE travelbuddy.empties SET w1 = '' WHERE id % 7 = 6 AND w1 IS NULL")
    pairs.execute(
        "UPDATE travelbuddy.empties SET w2 = '' WHERE id % 7 = 5 AND id % 2 = 0 AND w2 IS NULL"
    )
    first = sum(key % 7 == 6 and key % 500 != 0 for key in keys)
    second = sum(key % 7 == 5 and key % 2 == 0 and key % 500 != 0 for key in keys)
    refused = pairs.compared("empties", "digests")
    assert refused.status is not Status.EQUAL
    assert (refused.equal_rows, refused.rechecked_rows) == (2_000 - first - second, first + second)
    result = pairs.compared("empties", "digests", columns)
    assert (result.status, _moved_rows(result)) == (Status.EQUAL, 0)
    assert result.accepted_values == {
        "w1: empty_string_is_null": first,
        "w2: empty_string_is_null": second,
    }
    # '' against something else, and NULL against something else, are no accepted difference
    pairs.change("UPDATE empties SET w1 = ' ' WHERE id IN (6, 13)")
    result = pairs.compared("empties", "digests", columns)
    assert _without_method(result) == _without_method(pairs.compared("empties", "rows", columns))
    assert {(item.key[0], item.source_column) for item in result.differences} == {
        (6, "w1"),
        (13, "w1"),
    }
    assert result.accepted_values == {
        "w1: empty_string_is_null": first - 2,
        "w2: empty_string_is_null": second,
    }


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_are_found_as_by_reading_every_row(pairs: Pairs, seed: int) -> None:
    chance = random.Random(seed)
    name = f"random{seed}"
    keys = sorted(chance.sample(range(10_000), 2_500))
    pairs.fill(name, [row_of(key) for key in keys])
    for _ in range(12):
        first = chance.choice(keys)
        last = first + chance.choice((0, 0, 0, 3, 200))
        column, value = chance.choice(
            (
                ("name", "UPPER(name)"),
                ("amount", "-amount"),
                ("w0", "w1"),
                ("seen", "seen+1"),
                ("w4", "TRIM(w4)"),
                ("flag", "flag"),
                ("stamp", "NULL"),
            )
        )
        where = f"WHERE id BETWEEN {first} AND {last}"
        pairs.change(
            chance.choice(
                (f"UPDATE {name} SET {column} = {value} {where}", f"DELETE FROM {name} {where}")
            )
        )
    for key in chance.sample(sorted(set(range(10_000)) - set(keys)), 5):
        pairs.change(f"INSERT INTO {name} (id, name) VALUES ({key}, 'new')")
    result = pairs.compared(name, "digests")
    assert result.status is Status.DIVERGENT
    assert _without_method(result) == _without_method(pairs.compared(name, "rows"))


def test_rows_are_the_choice_on_a_fast_network(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests take twice as long as rows, by a clock of three times: a busy machine holds back the
    one or the other.
    """
    monkeypatch.setattr(
        choice, "time", SimpleNamespace(perf_counter=iter((0.0, 1.0, 3.0)).__next__)
    )
    result = pairs.compared("base", "auto")
    assert result.status is Status.EQUAL
    measured = "rows: 1,000 in 1.00 s; digests: 1,000 in 2.00 s; so rows"
    assert (result.method or "").startswith(f"texts, written by both databases; {measured}")


def test_digests_are_the_choice_on_a_thin_one(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is so thin that nothing else takes time: the clock goes by what has come over it."""
    with Proxy(pairs.ports[1]) as network, pairs.through(network.port) as far:
        monkeypatch.setattr(
            choice, "time", SimpleNamespace(perf_counter=lambda: network.received / 35_000)
        )
        result = far.compared("base", "auto")
    assert (result.status, result.equal_rows, _moved_rows(result)) == (Status.EQUAL, ROWS, 0)
    assert re.search(r"; rows: 1,000 in .*; digests: 1,000 in .*; so digests$", result.method or "")


def test_other_character_sets_are_refused_and_rows_read(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(able, "UTF_8", frozenset({"OTHER"}))
    result = pairs.compared("base", "digests")
    assert result.status is Status.EQUAL
    assert "no digests: Oracle's character set is AL32UTF8, not OTHER," in (result.method or "")


def test_oracle_11_has_no_digests_and_rows_are_read(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with pairs_of_tables(tmp_path_factory.mktemp("old"), version="11.2", protocol="modern") as old:
        old.fill("few", [row_of(key) for key in range(100)])
        old.change("UPDATE few SET name = 'x' WHERE id = 5")
        result = old.compared("few", "digests")
    assert [(item.key, item.source_column) for item in result.differences] == [((5,), "name")]
    assert re.search(
        r"; no digests: Oracle 11\.2\.\S+ has no STANDARD_HASH, .* 12\.1$", result.method or ""
    )


def test_both_databases_digest_the_same_rows_as_python_does(pairs: Pairs) -> None:
    """The expected sums are made of the texts themselves, by Python's own MD5."""
    found = layout_of(pairs, "base")
    with snapshot(pairs.source) as here, snapshot(pairs.target) as there:
        with CopiedRows(here.connection.driver_connection, found.source_sql, 20) as rows:
            texts = [
                [(text or b"").decode() for text in columns_of(row)]
                for chunk in rows
                for row in chunk
            ]
        both = BothSides(found, digest_forms(found), here, there, 20)
        held = both.digests([KeyRange(None, (2_500,)), KeyRange((2_500,))])
    assert len(texts[0]) == len(found.parts) > 1
    for one, part in zip(held, (texts[:2_500], texts[2_500:]), strict=True):
        digests = [_md5("".join(map(_md5, row))) for row in part]
        sums = tuple(
            sum(int(digest[start : start + 8], 16) for digest in digests)
            for start in (0, 8, 16, 24)
        )
        assert one.source == one.target == Digest(len(part), sums)


def test_counts_by_range_find_rows_that_only_one_side_has(pairs: Pairs) -> None:
    pairs.fill("counted", [row_of(key) for key in range(0, 6_000, 2)])
    found = layout_of(pairs, "counted")

    def unlike() -> tuple[list[Key], int]:
        with snapshot(pairs.source) as here, snapshot(pairs.target) as there:
            tally = compare_digests(
                found, KeyRange(), 3_000, here, there,
                answer_timeout=20, progress=lambda rows: None, forms=counting_forms,
            )  # fmt: skip
        return tally.suspects, tally.moved["rows"]

    assert unlike() == ([], 0)
    pairs.change("DELETE FROM counted WHERE id IN (0, 3000, 5998)")
    pairs.change("INSERT INTO counted (id, name) VALUES (777777, 'x')")
    keys, read = unlike()
    assert keys == [(0,), (3000,), (5998,), (777777,)]
    assert read < 3_000  # of 6,000: ranges are of 500 rows at least
    # one that came for one that went, in one range: the sum tells
    pairs.change("UPDATE counted SET id = 1601 WHERE id = 1600")
    assert unlike()[0] == [(0,), (1600,), (1601,), (3000,), (5998,), (777777,)]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_columns_that_no_text_holds_are_never_left_out(pairs: Pairs) -> None:
    found = layout_of(pairs, "base")
    short = replace(found, parts=(found.parts[0], *(part[1:] for part in found.parts[1:])))
    with pytest.raises(NoDigests, match=r"the text of a row does not hold \w+ -> \w+"):
        digest_forms(short)


def test_a_refused_digest_is_no_refused_comparison(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "oracle_row", lambda texts: "no_such_function(1)")
    for mode in ("auto", "digests"):
        result = pairs.compared("base", mode)
        assert (result.status, result.equal_rows) == (Status.EQUAL, ROWS)
        assert re.search(
            r"no digests: .* refused a statement .*NO_SUCH_FUNCTION", result.method or ""
        )
