"""kill -9 of `pytest features`, whenever it comes: the next sweep, alone or at the beginning of the
next run, leaves not one row of the run on either side and every other row as it was, the task runs,
and nothing is left of the run's processes, sessions and journal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.counts import count
from tests.killed_features.lab import KilledLab, Moment

LARGE = "all_rows_of_a_large_transaction_arrive_and_nothing_else_changes"
STOPPED = "changes_made_while_the_task_is_stopped_all_arrive_once"
INSERTS = "features/04-change-propagation/insert.feature"
INTERRUPTION = "features/06-interruption"
#: seconds that the sweep after a killed run takes
SWEEP = 3.0
#: a run's life is divided into so many, and in each it is killed once
PARTS = 20
#: in the largest transaction of a run; in the sweep after such a run; in a part of a whole run
MOMENTS = ["transaction", "sweep", "sweep", "sweep", *range(PARTS)][: count(1, PARTS + 4)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KilledLab]:
    with KilledLab(tmp_path_factory.mktemp("killed")) as made:
        yield made


def _check(lab: KilledLab, moment: Moment, features: str, *, next_run: bool = False) -> None:
    then = lab.kill_and_run if next_run else lab.kill_and_sweep
    killed, seconds = then(moment, features)
    survivors, left = killed.victim.processes(), lab.left()
    print(f"{killed}; {'next run' if next_run else 'swept'} in {seconds:.1f} s; left: {left}")
    assert (survivors, left) == ([], [])


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_stays_of_a_run_killed_at_any_moment(lab: KilledLab, moment: int | str) -> None:
    in_transaction = Moment(LARGE, random.random())
    if moment == "transaction":
        _check(lab, in_transaction, INSERTS, next_run=True)
    elif moment == "sweep":
        lab.kill(in_transaction, INSERTS)
        _check(lab, Moment(seconds=random.uniform(0, SWEEP)), INSERTS)
    else:
        number = int(moment)
        moment_of_life = lab.moment(number, PARTS, random.random())
        _check(lab, moment_of_life, "features", next_run=number % 2 == 1)


#: what the task is told is under way, or was done: to stop, and to start again
@pytest.mark.parametrize("status", ["stopping", "stopped", "starting"][: count(1, 3)])
def test_the_task_runs_after_a_run_killed_while_it_had_stopped_it(
    lab: KilledLab, status: str
) -> None:
    _check(lab, Moment(STOPPED, status=status), INTERRUPTION, next_run=status == "stopped")
