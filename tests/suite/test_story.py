"""A scenario's story: one transaction and one wait for all tables, each answered for itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from fixtures.promises.arrivals import check_agreement
from fixtures.promises.places import _is_meant
from fixtures.run import Silence
from fixtures.scenario.before import Changed
from fixtures.scenario.script import Script
from fixtures.scenario.stock import BATCH, Stock
from fixtures.scenario.story import Story
from fixtures.scenario.waiting import BEHIND_OTHERS_SECONDS
from reconciliation import replication
from reconciliation.collateral import Change
from reconciliation.compare import by_key
from reconciliation.errors import Broken, Lost, NotJudged, Unseen
from reconciliation.model import Contract, Excuse, Key, TableContract
from reconciliation.session import acts
from reconciliation.session.acts import Acted
from reconciliation.verdict import Judged
from tests.suite.many_tables import OTHER, TABLE, World, world

__all__ = ["world"]

EVERY = "row of every mapped table"


def inserted(world: World, last: bool = False, count: int = 1) -> Story:
    """A story in which rows of both tables were inserted."""
    story = world.story(last)
    story.about(EVERY)
    script = Script(story)
    for subject in story.standing:
        script.insert(subject, script.made(subject, count))
    script.run("inserted")
    return story


def said_of(story: Story) -> dict[str, str]:
    return {table: cell.judged.value for table, cell in story.answers.cells.items()}


def test_one_transaction_and_one_wait_serve_all_tables_until_something_is_written(
    world: World,
) -> None:
    story = inserted(world)
    story.settle()
    story.settle()
    assert [len(one) for one in world.done] == [2]
    assert world.limits == [(30.0, ("s.t", "s.u"))]
    story.wrote("something")
    story.settle()
    assert len(world.limits) == 2
    assert [wait.lag.seconds for wait in world.run.waits] == [0.7, 0.7]
    assert world.run.waits[0].lag.what == "a scenario"


def test_a_table_that_is_broken_keeps_no_other_from_being_judged(world: World) -> None:
    story = inserted(world, last=True)
    world.wrong["s.u"] = set(story.subjects["s.u"].keys)
    with pytest.raises(Broken) as caught:
        check_agreement(story, "all")
    first = str(caught.value).splitlines()[0]
    assert (
        first == "1 of 2 tables broken: s.u: 1 of 1 rows differ in Oracle, 0.7 s after the commit:"
    )
    story.answers.end(caught.value)
    assert said_of(story) == {"s.u": "broken", "s.t": "holds"}


def test_a_table_that_refuses_is_not_judged_by_name_and_the_others_are(world: World) -> None:
    world.refusing["s.u"] = "s.u: permission denied; GRANT INSERT ON s.u TO verifier"
    story = inserted(world)
    assert [subject.table for subject in story.standing] == ["s.t"]
    with pytest.raises(NotJudged, match=r"^1 of 2 tables could not be judged: s\.u: permis"):
        story.answers.conclude(last=True)


def test_a_table_of_which_no_row_can_be_made_is_not_judged_by_name(world: World) -> None:
    world.maker.against["s.u"] = "s.u: no value is known for column state; [values] gives one"
    story = inserted(world)
    assert story.answers.cells["s.u"].judged is Judged.NOT_JUDGED
    assert "[values] gives one" in story.answers.cells["s.u"].words


def test_rows_that_postgresql_did_not_change_break_their_table(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "act", lambda judge, changes, roll_back: Acted({"s.t": 1, "s.u": 0}))
    story = inserted(world)
    assert story.answers.cells["s.u"].words == "PostgreSQL changed 0 rows instead of 1"
    assert [subject.table for subject in story.standing] == ["s.t"]


# ---------------------------------------------------------------- markers that do not come


def test_the_silence_of_one_table_is_its_own_and_its_next_waits_are_short(world: World) -> None:
    world.silent.add("s.u")
    story = inserted(world)
    story.settle()
    words = story.answers.cells["s.u"].words
    assert words.startswith("nothing of s.u arrives in Oracle: a marker written behind the change")
    assert "the task task is stopped (STOP_REASON_X)" in words
    check_agreement(story, "all")
    assert story.answers.standing == ["s.t"]

    again = inserted(world)
    again.settle()
    assert world.limits[1:] == [(30.0, ("s.t",)), (0.7 + BEHIND_OTHERS_SECONDS, ("s.u",))]
    assert "as in 'a scenario': a marker" in again.answers.cells["s.u"].words
    world.silent.clear()
    inserted(world).settle()
    inserted(world).settle()
    assert world.limits[-1] == (30.0, ("s.t", "s.u"))


def test_why_a_marker_does_not_come_is_what_the_replication_says_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.silent.add("s.u")
    told = SimpleNamespace(
        statement="DELETE FROM S.U WHERE ID = 1", error="ORA-00001", table_name="U"
    )
    write = world.write

    def written(judge: object, tables: object) -> object:
        made = write(judge, tables)  # type: ignore[arg-type]
        world.dropped["s.u"] = [(one.key, told) for one in made if one.table == "s.u"]
        return made

    monkeypatch.setattr("reconciliation.session.markers.write", written)
    story = inserted(world)
    story.settle()
    assert "; the replication dropped it: DELETE of ID 1: ORA-00001" in (
        story.answers.cells["s.u"].words
    )


def test_a_suspended_table_is_said_to_be_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.silent.add("s.u")
    state = SimpleNamespace(full_name="s.u", table_state="Table error", suspended=True)
    monkeypatch.setattr(replication, "table_statistics", lambda run: [state])
    story = inserted(world)
    story.settle()
    assert story.answers.cells["s.u"].words.endswith("the state of the table is 'Table error'")


def test_where_nothing_at_all_comes_it_is_said_once_for_all_tables(world: World) -> None:
    world.silent |= {"s.t", "s.u"}
    with pytest.raises(Broken, match=r"^nothing arrives in Oracle: .* the task task is stopped"):
        inserted(world).settle()
    assert world.run.lags == []


def test_where_nothing_comes_and_the_replication_says_why_it_is_said_of_each_table(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.silent |= {"s.t", "s.u"}
    states = [SimpleNamespace(full_name="s.t", table_state="Table error", suspended=True)]
    monkeypatch.setattr(replication, "table_statistics", lambda run: states)
    for _ in range(2):
        with pytest.raises(Broken, match=r"^2 of 2 tables broken: s\.t, s\.u\n") as told:
            inserted(world).settle()
        assert "s.t arrives in Oracle" in str(told.value)
        assert "the state of the table is 'Table error'" in str(told.value)


def test_nothing_can_arrive_where_nobody_answers(world: World) -> None:
    world.silent, world.away = {"s.t", "s.u"}, True
    with pytest.raises(Lost, match="Oracle does not answer"):
        inserted(world).settle()


def test_a_table_that_takes_no_marker_is_not_judged(world: World) -> None:
    story = inserted(world)
    world.refusing["s.u"] = "s.u: locked by somebody"
    story.settle()
    assert story.answers.cells["s.u"].words == "s.u: locked by somebody"
    assert [subject.table for subject in story.standing] == ["s.t"]


# ---------------------------------------------------------------- which tables


def test_a_scenario_about_no_table_waits_for_one_that_can_be_waited_for(world: World) -> None:
    world.judge.parallel_run.unfit = {"s.t": "s.t: column body reaches no column"}
    story = world.story()
    story.about_none()
    assert story.marked == "s.u"
    world.run.silent["s.u"] = Silence("A row arrives", "the task is stopped", False)
    with pytest.raises(NotJudged) as caught:
        world.story().about_none()
    assert str(caught.value) == (
        "nothing can be waited for, as no mapped table can hold a marker: s.t: column body reaches "
        "no column; nothing of s.u arrives in Oracle, as in 'A row arrives'"
    )


def test_one_table_can_be_called_by_its_name(world: World) -> None:
    for who in ("t", "ts", 'row of "S.T"', 'rows of "t"'):
        assert [one.table for one in world.story().about(who)] == ["s.t"]
    assert [one.table for one in world.story().about("other things")] == ["s.u"]
    with pytest.raises(
        NotJudged, match=r"no contract names a table for 'train special'; there are s\.t, s\.u"
    ):
        world.story().about("train special")


def test_a_table_that_is_not_as_agreed_is_judged_no_further(world: World) -> None:
    world.judge.parallel_run.unfit["s.t"] = "Oracle's S.T has no column X"
    story = world.story()
    assert [one.table for one in story.about(EVERY)] == ["s.u"]
    with pytest.raises(NotJudged, match="has no column X"):
        world.story().about("t")


@pytest.mark.parametrize(("days", "judged"), [(1, "excused"), (-1, "not judged")])
def test_a_table_nothing_may_be_written_to_has_its_excuse(
    world: World, days: int, judged: str
) -> None:
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    closed = replace(OTHER, write=False, excuse=Excuse("no key", "payments", until))
    world.judge.parallel_run.contract = Contract((TABLE, closed))
    story = world.story()
    assert [one.table for one in story.about(EVERY)] == ["s.t"]
    assert said_of(story) == {"s.u": judged}
    assert "no key" in story.answers.cells["s.u"].words


def test_a_mapped_table_without_a_contract_is_not_judged(world: World) -> None:
    world.judge.parallel_run.contract = Contract((TABLE,))
    story = world.story()
    story.about(EVERY)
    assert story.answers.cells["s.u"].words == "s.u is mapped and has no contract"


def test_labels_name_rows_and_an_unknown_one_is_refused(world: World) -> None:
    [subject] = world.story().about("t")
    subject.insert(world.maker.rows("s.t", 2))
    assert subject.own("new").key == subject.keys[0]
    with pytest.raises(NotJudged, match="no row is called 'first' in this scenario; there are new"):
        subject.own("first")


# ---------------------------------------------------------------- what else has changed


@pytest.mark.parametrize(
    ("change", "meant"),
    [
        (Change("S.T", (5,), "HEADER", "x", "y"), False),
        (Change("S.T", (7,), "HEADER", "x", "y"), True),
        (Change("S.T", (7,), "ID", 7, 8), False),
        (Change("S.T", (9,), None, None, {"ID": 9}), False),
    ],
)
def test_nothing_else_means_other_rows_and_other_columns(
    world: World, change: Change, meant: bool
) -> None:
    [subject] = world.story().about("t")
    own = replace(world.maker.rows("s.t", 1)[0], key=(7,))
    subject.take([own])
    subject.change([(7,)], {"header": "y"})
    assert _is_meant(subject, change) is meant


def test_rows_that_the_run_writes_beside_a_scenario_are_no_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = world.story()
    [subject] = story.about("t")
    subject.insert(world.maker.rows("s.t", 1))
    [marker] = world.maker.rows("s.t", 1)
    came = [Change("S.T", key, None, None, {"ID": key[0]}) for key in (marker.key, *subject.keys)]
    went = Change("S.T", marker.key, None, {"ID": 1}, None)
    stray = Change("S.T", (77,), None, None, {"ID": 77})
    every = Changed((*came, went, stray))
    monkeypatch.setattr(
        story.before,
        "changed",
        lambda side, names, meant, named: {"S.T": every.without(partial(meant, "S.T"))},
    )
    assert story.changed("Oracle")["s.t"].changes == (came[1], went, stray)
    story.strayed_markers.add(("s.t", (77,)))
    assert story.changed("Oracle")["s.t"].changes == (came[1], went)


# ---------------------------------------------------------------- rows that were there


def test_rows_are_made_for_all_tables_at_once_and_handed_out_once(world: World) -> None:
    stock, seen = Stock(world.judge), set()
    for _ in range(3):
        story = world.story()
        story.about(EVERY)
        stock.take(story, lambda subject: 2)
        seen |= {(one.table, key) for one in story.standing for key in one.keys}
    assert len(seen) == 3 * 2 * 2
    assert len(world.done) == len(world.limits) == 1
    assert len(world.done[0]) == 2 * (BATCH + 1)


def test_a_row_that_was_not_there_before_is_noted_with_its_scenario(world: World) -> None:
    first = 900_000_000
    world.wrong["s.t"] = {(first,)}
    stock, story = Stock(world.judge), world.story()
    story.about(EVERY)
    stock.take(story, lambda subject: 2)
    assert story.subjects["s.t"].earlier_absent == {(first,): ()}
    assert story.subjects["s.u"].earlier_absent == {}


def test_rows_of_a_run_that_was_swept_are_made_anew(world: World) -> None:
    stock = Stock(world.judge)
    for _ in range(2):
        story = world.story()
        story.about(EVERY)
        stock.take(story, lambda subject: 1)
        world.judge.maker = type(world.maker)(world.note)
    assert len(world.done) == 2


def test_a_table_that_cannot_be_read_keeps_no_other_from_being_judged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(run: object, wanted: Mapping[str, Iterable[Key]]) -> dict[str, object]:
        unseen = Unseen("GRANT SELECT ON S.U TO VERIFIER")
        found = compared(run, wanted)
        return {table: unseen if table == "s.u" else one for table, one in found.items()}

    compared = world.compare_tables
    monkeypatch.setattr(by_key, "compare_tables", read)
    story = world.story()
    story.about(EVERY)
    Stock(world.judge).take(story, lambda subject: 1)
    assert story.answers.cells["s.u"].words == "GRANT SELECT ON S.U TO VERIFIER"
    assert [subject.table for subject in story.standing] == ["s.t"]
    alone = world.story()
    alone.about('row of "s.u"')
    with pytest.raises(Unseen):
        Stock(world.judge).take(alone, lambda subject: 1)


def test_what_cannot_be_read_before_the_change_is_not_judged_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remember(contracts: Iterable[TableContract], touched: object) -> dict[str, Unseen]:
        assert [one.source for one in contracts] == ["s.t", "s.u"]
        return {"s.u": Unseen("GRANT SELECT ON S.U TO VERIFIER")}

    story = world.story(said=["nothing else has changed in Oracle"])
    story.about(EVERY)
    monkeypatch.setattr(story.before, "remember", remember)
    story.remember()
    assert [subject.table for subject in story.standing] == ["s.t"]


# ---------------------------------------------------------------- a heartbeat


@pytest.fixture
def beating(world: World) -> World:
    """The markers of both tables are written to the second one."""
    world.judge.parallel_run.profile.replication.heartbeat = "s.u"
    return world


def test_a_heartbeat_is_written_once_and_arrives_for_every_table(beating: World) -> None:
    story = inserted(beating, last=True)
    story.settle()
    assert beating.limits == [(30.0, ("s.u",))]
    assert {name: one.marker.table for name, one in story.arrivals.items()} == {
        "s.t": "s.u",
        "s.u": "s.u",
    }
    assert story.events[-1][1].count("s.u") == 1  # one marker was seen, not two
    assert len(beating.run.waits) == 1
    check_agreement(story, "all")
    story.answers.end(None)
    assert said_of(story) == {"s.t": "holds", "s.u": "holds"}


def test_what_comes_later_than_the_heartbeat_is_not_in_oracle(beating: World) -> None:
    beating.silent.add("s.t")  # nobody asks
    story = inserted(beating, last=True)
    beating.wrong["s.t"] = set(story.subjects["s.t"].keys)
    with pytest.raises(Broken, match=r"^1 of 2 tables broken: s\.t: 1 of 1 rows differ in Oracle"):
        check_agreement(story, "all")
    story.answers.end(None)
    assert said_of(story) == {"s.t": "broken", "s.u": "holds"}


@pytest.mark.parametrize("who", [EVERY, "t"])
def test_a_heartbeat_that_does_not_come_means_that_nothing_does(beating: World, who: str) -> None:
    beating.silent.add("s.u")
    story = beating.story()
    story.about(who)
    said = r"^nothing arrives in Oracle: .* in the heartbeat table s\.u was not there after 30\.0 s"
    with pytest.raises(Broken, match=said):
        story.settle()
    again = beating.story()
    again.about(who)
    with pytest.raises(Broken, match=r"was not there after 3\.0 s; the task task is stopped"):
        again.settle()
    with pytest.raises(NotJudged, match=r"hold a marker: nothing of s\.u arrives in Oracle, as in"):
        beating.story().about_none()


def test_what_ails_the_heartbeat_itself_keeps_the_others_from_being_judged(
    beating: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    beating.silent.add("s.u")
    states = [SimpleNamespace(full_name="s.u", table_state="Table error", suspended=True)]
    monkeypatch.setattr(replication, "table_statistics", lambda run: states)
    story = inserted(beating)
    with pytest.raises(Broken, match=r"^1 of 2 tables broken: s\.u: nothing of s\.u arrives"):
        story.settle()
    assert said_of(story) == {"s.u": "broken", "s.t": "not judged"}
    words = story.answers.cells["s.t"].words
    assert words.startswith("its changes are waited for by the heartbeat: nothing of s.u arrives")
    assert words.endswith("the state of the table is 'Table error'")
    alone = beating.story()
    alone.about("t")
    with pytest.raises(NotJudged, match=r"by the heartbeat: nothing of s\.u arrives"):
        alone.settle()


def test_a_heartbeat_that_takes_no_marker_keeps_all_from_being_judged(beating: World) -> None:
    story = inserted(beating)
    beating.refusing["s.u"] = "s.u: locked by somebody"
    with pytest.raises(NotJudged) as caught:
        story.settle()
    assert str(caught.value).splitlines()[1:] == [
        "s.t: its changes are waited for by the heartbeat: s.u: locked by somebody",
        "s.u: locked by somebody",
    ]


def test_a_scenario_about_no_table_waits_for_the_heartbeat(beating: World) -> None:
    story = beating.story()
    story.about_none()
    assert story.marked == "s.u"
    story.settle()
    assert beating.limits == [(30.0, ("s.u",))]
