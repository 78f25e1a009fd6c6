"""The replication task is stopped and started through the service that runs it, and rows of all
tables change meanwhile.
"""

from __future__ import annotations

from pytest_bdd import parsers, when

from fixtures.scenario.interruption import TaskControl
from fixtures.scenario.plan import planned
from fixtures.scenario.script import Script
from fixtures.scenario.story import Story

#: of every table at least so many rows
FEWEST = 10


@when(parsers.re(r"the replication task is (?P<what>stopped|started again)"))
@planned
def control_the_task(what: str, story: Story, task_control: TaskControl) -> None:
    def control() -> None:
        task = task_control.stop() if what == "stopped" else task_control.start()
        story.wrote(f"the task was {what}: it is {task.status}")

    story.plan.then(control)


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
        for key in subject.inserted[: len(subject.inserted) * 2 // 5]:
            changing.update(subject, [key], story.judge.maker.change(subject.rows[key]))
    for subject in story.children_first:
        deleting.delete(subject, subject.inserted[len(subject.inserted) * 2 // 5 :])
    changing.plan("two in five rows changed")
    deleting.plan("the others deleted")
