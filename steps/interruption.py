"""The replication task is stopped and started through the service that runs it."""

from __future__ import annotations

from pytest_bdd import parsers, when

from fixtures.scenario.interruption import TaskControl
from fixtures.scenario.source import Source
from fixtures.scenario.story import Story


@when(parsers.re(r"the replication task is (?P<what>stopped|started again)"))
def control_the_task(what: str, story: Story, task_control: TaskControl) -> None:
    task = task_control.stop() if what == "stopped" else task_control.start()
    story.wrote(f"the task was {what}: it is {task.status}")


@when(
    parsers.parse("{changed:d} of them are changed and {deleted:d} deleted in one transaction each")
)
def change_and_delete(changed: int, deleted: int, story: Story, source: Source) -> None:
    latest = story.keys[-(changed + deleted) :]
    text = f"{story.run.mark} changed while the task was stopped"
    name, key_column = story.contract.source, story.key_column
    with source.transaction() as transaction:
        for key in latest[:changed]:
            transaction.change(
                name, key_column, [key], {story.contract.mark_column: f"{text} {key}"}
            )
    with source.transaction() as transaction:
        transaction.delete(name, key_column, latest[changed:])
    story.wrote(f"{changed} rows changed, {deleted} deleted")
