"""What is told of rows that nobody meant to touch, and how Oracle is asked for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.canonical import rules_for
from reconciliation.collateral import explained, key_sets, neighbours, scn
from reconciliation.collateral.change import UNKNOWN, Change, Image, changes_of
from reconciliation.collateral.explained import MOST_ROWS, Suspects, staying
from reconciliation.collateral.neighbours import MOST_BLOCKS, blocks
from reconciliation.collateral.past import Past
from reconciliation.collateral.scn import Scn
from reconciliation.compare import by_key
from reconciliation.compare.rows import compare_rows
from reconciliation.databases.rows import target_side
from reconciliation.errors import Unreadable
from reconciliation.model import (
    ColumnPair,
    ColumnType,
    Difference,
    DifferenceKind,
    Key,
    Row,
    TableContract,
)
from tests.judge.catalogues import NUMBER, table, varchar, varchar2

PAIRS = (ColumnPair("a", "A"), ColumnPair("b", "B"), ColumnPair("c", "C"))
CONTRACT = TableContract("s.t", "S.T", ("a", "b"), PAIRS, None, sensitive=("c",))
SOURCE = table("s.t", {"a": ColumnType("int8"), "b": varchar(9), "c": varchar(9)}, key=("a", "b"))
TARGET = table("S.T", {"A": NUMBER, "B": varchar2(9), "C": varchar2(9)}, key=("A", "B"))
RULES = rules_for(CONTRACT, SOURCE, TARGET)
KEY: Key = (1, "x")


# ---------------------------------------------------------------- which neighbours


def test_keys_that_follow_one_another_are_one_block() -> None:
    assert blocks([(3,), (1,), (2,), (9,)]) == (((1,), (3,)), ((9,), (9,)))
    assert blocks([("x", 2), ("x", 1), ("y", 3)]) == ((("x", 1), ("x", 2)), (("y", 3), ("y", 3)))
    assert blocks([("b",), ("a",)]) == ((("a",), ("a",)), (("b",), ("b",)))
    assert blocks([]) == ()


def test_of_many_blocks_some_from_all_over_the_table_are_looked_at() -> None:
    found = blocks([(number,) for number in range(0, 2000, 2)])
    assert len(found) == MOST_BLOCKS
    assert (found[0][0], found[-1][0]) == ((0,), (1998,))


def test_keys_without_an_order_are_blocks_of_their_own() -> None:
    assert len(blocks([(1,), ("a",)])) == 2


def test_neighbours_are_asked_for_in_one_statement_that_11_2_knows() -> None:
    asked: list[str] = []

    class Connection:
        engine = SimpleNamespace(url=None, dialect=SimpleNamespace(name="postgresql"))

        def execute(self, statement: Any) -> list[Any]:
            asked.append(str(statement))
            return [(1, "w"), (2, "y"), (1, "w")]

    side = target_side(CONTRACT, TARGET)
    rules = tuple(RULES[name] for name in CONTRACT.key)
    found = neighbours.beside(Connection(), side, rules, [((1, "x"), (2, "x"))])  # type: ignore[arg-type]
    assert found == ((1, "w"), (2, "y"))
    (statement,) = asked
    below, above = statement.split(" UNION ALL ")
    assert below == (
        """SELECT * FROM (SELECT "A", "B" FROM "S"."T" WHERE ("A" <= (1) AND ("A" < (1) OR "A" = """
        """(1) AND ("B" < 'x'))) ORDER BY "A" DESC, "B" DESC) WHERE ROWNUM <= 1"""
    )
    assert """"A" >= (2) AND ("A" > (2) OR "A" = (2) AND ("B" > 'x'))""" in above
    assert "FETCH" not in statement
    assert neighbours.usable(rules, [(1, "x"), (1, ""), ("?", "x")]) == [(1, "x")]


# ---------------------------------------------------------------- what a row says


def told(here: Row | None, there: Row | None, image: Image) -> list[str]:
    ours = {KEY: {"a": 1, "b": "x", **here}} if here is not None else {}
    now = {"A": 1, "B": "x", **there} if there is not None else None
    before = {"A": 1, "B": "x", **image} if isinstance(image, dict) else image
    differences = compare_rows(CONTRACT, RULES, ours, {KEY: now} if now else {}).differences
    return [str(one) for one in changes_of(CONTRACT, differences, now, before)]


CASES: Mapping[str, tuple[Row | None, Row | None, Image, str | None]] = {
    "it went": ({"c": "v"}, None, {"C": "v"}, "the row went"),
    "it was not there before either": ({"c": "v"}, None, None, None),
    "it is missing, nobody knows since when": ({"c": "v"}, None, UNKNOWN, "the row is missing"),
    "it came": (None, {"C": "v"}, None, "the row came"),
    "it came in another form": ({"c": "w"}, {"C": "v"}, None, "the row came"),
    "it was there before": (None, {"C": "v"}, {"C": "v"}, None),
    "it was there before in another form": (None, {"C": "v"}, {"C": "u"}, "C  was <digest"),
    "it changed": ({"c": "w"}, {"C": "v"}, {"C": "w"}, "C  was <digest"),
    "it differed before": ({"c": "w"}, {"C": "v"}, {"C": "v"}, None),
    "it differs": ({"c": "w"}, {"C": "v"}, UNKNOWN, "PostgreSQL holds <digest"),
    "it is extra": (None, {"C": "v"}, UNKNOWN, "is not in PostgreSQL; what it was before"),
    "it is right": ({"c": "v"}, {"C": "v"}, {"C": "w"}, None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_row_that_differs_is_told_as_far_as_it_is_new(case: str) -> None:
    here, there, image, expected = CASES[case]
    found = told(here, there, image)
    assert len(found) == (expected is not None)
    assert all(line.startswith("S.T 1, 'x'  ") and str(expected) in line for line in found)


# ---------------------------------------------------------------- the SCN


class Answer:
    """One value, or a list of them."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def scalar_one(self) -> Any:
        return self._value

    def scalars(self) -> Answer:
        return self

    def all(self) -> Any:
        return self._value


class Oracle:
    """Answers statements by what is in them, and refuses the others."""

    def __init__(self, **answers: Any) -> None:
        self._answers = {name.replace("_", " "): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def execute(self, statement: Any) -> Any:
        self.asked.append(str(statement))
        for words, answer in self._answers.items():
            if re.search(words, str(statement).replace("_", " ")):
                return Answer(answer)
        raise Unreadable("Oracle: a table may not be read (ORA-00942: table or view ...)")


def test_the_scn_comes_by_whichever_way_is_granted() -> None:
    assert scn.current(Oracle(FLASHBACK=7, CURRENT_SCN=8)) == Scn(7)  # type: ignore[arg-type]
    assert scn.current(Oracle(CURRENT_SCN=8)) == Scn(8)  # type: ignore[arg-type]


def test_without_a_grant_the_highest_of_the_table_serves_and_the_grants_are_told() -> None:
    none = scn.current(Oracle(USER="V"))  # type: ignore[arg-type]
    assert none.number is None
    assert none.why == (
        "no current SCN: GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO V or "
        "GRANT SELECT ON SYS.V_$DATABASE TO V"
    )
    assert scn.of_table(Oracle(MAX=[5]), TARGET, none) == Scn(5, none.why)  # type: ignore[arg-type]
    assert scn.of_table(Oracle(MAX=[None]), TARGET, none) == Scn(0, none.why)  # type: ignore[arg-type]
    assert scn.of_table(Oracle(ORA=[]), TARGET, Scn(7)) == Scn(7)  # type: ignore[arg-type]


def test_a_table_without_an_ora_rowscn_is_looked_at_in_another_way() -> None:
    for now in (Scn(7), Scn(None, "why")):
        found = scn.of_table(Oracle(), TARGET, now)  # type: ignore[arg-type]
        assert found == Scn(None, "no ORA_ROWSCN (ORA-00942)")


def test_what_a_row_was_is_read_once_and_only_where_it_may_be() -> None:
    side = target_side(CONTRACT, TARGET)
    assert replace(side, as_of=7).select("x").endswith('FROM "S"."T" AS OF SCN 7 WHERE (x)')
    past = Past({(1, "x"): None})
    assert past.image((1, "x")) is None
    assert past.image((2, "y")) is UNKNOWN
    assert past.reading(None, side, None, [(2, "y")]) is past  # type: ignore[arg-type]
    assert past.reading(None, side, 7, [(1, "x")]) is past  # type: ignore[arg-type]
    assert Past({}, whole=True).image((2, "y")) is None


# ---------------------------------------------------------------- what PostgreSQL explains


class Run:
    """Knows which keys differ at each of the looks to come; the last look stays."""

    contract = CONTRACT
    profile = SimpleNamespace(replication=SimpleNamespace(agreed_lag_seconds=0.3))

    def __init__(self, *looks: Iterable[int]) -> None:
        self._looks = [set(look) for look in looks]
        self.asked: list[list[Key]] = []

    def table(self, name: str) -> Any:
        return CONTRACT

    def rules(self, name: str) -> Any:
        return RULES

    def look(self, keys: Sequence[Key]) -> list[Difference]:
        self.asked.append(list(keys))
        wrong = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        return [
            Difference("s.t", "S.T", key, DifferenceKind.EXTRA) for key in keys if key[0] in wrong
        ]


@pytest.fixture(autouse=True)
def _compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare_keys(run: Run, name: str, keys: Sequence[Key]) -> Any:
        return SimpleNamespace(differing_keys=[one.key for one in run.look(keys)])

    def reread(run: Run, name: str, keys: Sequence[Key]) -> Any:
        return run.look(keys), {key: ({"a": key[0]}, None) for key in keys}

    monkeypatch.setattr(by_key, "compare_keys", compare_keys)
    monkeypatch.setattr(by_key, "reread", reread)
    monkeypatch.setattr(explained, "Delivery", lambda *_: SimpleNamespace(behind=lambda anew: None))


def test_rows_are_looked_up_in_chunks_but_for_those_aside() -> None:
    run = Run({3, 700})
    suspects = Suspects(run, "s.t", frozenset({(3, "")}))  # type: ignore[arg-type]
    assert suspects.take((number, "") for number in range(1200)) == 1
    assert list(suspects.found) == [(700, "")]
    assert [len(keys) for keys in run.asked] == [500, 500, 199]


def test_so_many_rows_are_enough() -> None:
    suspects = Suspects(Run(range(5000)), "s.t")  # type: ignore[arg-type]
    suspects.take((number, "") for number in range(5000))
    assert len(suspects.found) == MOST_ROWS
    assert suspects.full


def test_what_arrives_within_the_agreed_time_is_explained() -> None:
    run = Run({1, 2}, {1, 2}, {2})
    found = staying(run, {"s.t": [(1, ""), (2, "")], "s.u": [(1, "")]}, set())  # type: ignore[arg-type]
    assert found.keys == {"s.t": {(2, "")}}


def test_a_table_that_cannot_be_looked_up_again_keeps_no_other_from_being(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reread(run: Run, name: str, keys: Sequence[Key]) -> Any:
        if name == "s.u":
            raise Unreadable("s.u: gone")
        return run.look(keys), {key: ({"a": key[0]}, None) for key in keys}

    monkeypatch.setattr(by_key, "reread", reread)
    found = staying(Run({1}), {"s.t": [(1, "")], "s.u": [(1, "")]}, set())  # type: ignore[arg-type]
    assert (dict(found.keys), {*found.troubles}) == ({"s.t": {(1, "")}}, {"s.u"})


def test_while_the_replication_is_behind_nobody_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is neither unexplained nor explained: it must not pass for nothing."""
    late = SimpleNamespace(behind=lambda anew: "it is catching up")
    monkeypatch.setattr(explained, "Delivery", lambda *_: late)
    found = staying(Run({1}), {"s.t": [(1, ""), (2, "")]}, set())  # type: ignore[arg-type]
    assert not found.keys
    assert str(found.troubles["s.t"]) == (
        "1 rows differ from PostgreSQL and may still arrive: it is catching up"
    )


def test_nothing_is_waited_for_where_nothing_differs() -> None:
    run = Run({1})
    assert not staying(run, {"s.t": []}, set()).keys  # type: ignore[arg-type]
    assert run.asked == []


def test_the_keys_alone_are_a_contract_of_their_own() -> None:
    alone = key_sets.keys_alone(CONTRACT)
    assert [pair.source for pair in alone.pairs] == ["a", "b"]
    assert (alone.sensitive, alone.key) == ((), ("a", "b"))
    assert rules_for(alone, SOURCE, TARGET).keys() == {"a", "b"}


def test_a_change_names_its_row() -> None:
    assert str(Change("S.T", (1,), "B", 1, 2)) == "S.T 1  B  was 1, is 2"
    assert str(Change("S.T", (1,), None, None, {}, named="7")) == "S.T 7  the row came"
