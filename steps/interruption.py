"""The replication is interrupted, and rows of all tables change before, meanwhile and behind.

No sentence here looks at a row: what is over is told by the state of the task.
"""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.promises.interruptions import check_interrupted, check_slot_missed
from fixtures.scenario.interruption import TaskControl
from fixtures.scenario.plan import planned
from fixtures.scenario.script import Script
from fixtures.scenario.story import Story
from fixtures.scenario.subject import Subject
from reconciliation.model import Key

#: of every table at least so many rows
FEWEST = 10
#: of five rows made one after the other these are changed and the others deleted: whichever part of
#: a transaction is lost, some of its rows would have stayed
CHANGED = (0, 3)


@when(
    parsers.re(
        r"the replication task is "
        r"(?P<what>stopped|started again|started anew from its own position)"
    )
)
@planned
def control_the_task(what: str, story: Story, task_control: TaskControl) -> None:
    act = {"stopped": task_control.stop, "started again": task_control.start}

    def control() -> None:
        task = act.get(what, task_control.restart)()
        story.wrote(f"the task was {what}: it is {task.status}")

    story.plan.then(control)


@when("PostgreSQL is restarted below it")
@planned
def restart_the_source(story: Story, task_control: TaskControl) -> None:
    def restart() -> None:
        task = task_control.reboot_source()
        story.wrote(f"PostgreSQL was restarted: the task is {task.status}")

    story.plan.then(restart)


@when(
    parsers.re(
        r"the replication is made to (?P<what>die in the middle of the next large transaction|"
        r"lose its connection to Oracle until it gives up|lose its replication slot)"
    )
)
@planned
def interrupt_as_a_lab_can(what: str, story: Story, task_control: TaskControl) -> None:
    def interrupt() -> None:
        if what.startswith("die"):
            task_control.kill_amid()
        elif what.endswith("slot"):
            task_control.lose_slot()
        else:
            task_control.cut_oracle()
        story.wrote(f"the replication was made to {what}")

    story.plan.then(interrupt)


@when("the task has ended by itself")
@planned
def await_the_end(story: Story, task_control: TaskControl) -> None:
    def wait() -> None:
        ending = task_control.await_end(story.name)
        words = f"the task is {ending.task.status} after {ending.seconds:.1f} s: {ending.reason}"
        story.wrote(words)
        check_interrupted(ending)

    story.plan.then(wait)


@when("its replication slot is there again, where it was")
@planned
def mend_the_slot(story: Story, task_control: TaskControl) -> None:
    def mend() -> None:
        task_control.mend_slot()
        story.wrote("the replication slot was put back")

    story.plan.then(mend)


@then("the task has said by name that its replication slot is gone")
def slot_is_missed(story: Story, task_control: TaskControl) -> None:
    check_slot_missed(task_control.endings.get(story.name))


@when(
    parsers.parse(
        "{count:d} rows, shared out among all these tables, are inserted in one transaction"
    )
)
@planned
def insert_shared_out(count: int, story: Story) -> None:
    script = Script(story)
    share = max(FEWEST, count // len(story.standing))
    for subject in story.standing:
        script.insert(subject, script.made(subject, share))
    script.plan(f"{share} rows of each table inserted")


@when("two in five of them are changed and the others deleted, in one transaction each")
@planned
def change_and_delete(story: Story) -> None:
    changing, deleting = Script(story), Script(story)
    for subject in story.standing:
        for key in _changed(subject):
            changing.update(subject, [key], story.judge.maker.change(subject.rows[key]))
    for subject in story.children_first:
        changed = set(_changed(subject))
        deleting.delete(subject, [key for key in subject.inserted if key not in changed])
    changing.plan("two in five rows changed")
    deleting.plan("the others deleted")


def _changed(subject: Subject) -> list[Key]:
    return [key for place, key in enumerate(subject.inserted) if place % 5 in CHANGED]
