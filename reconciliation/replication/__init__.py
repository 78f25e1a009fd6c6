"""What the replication says about itself: the task, its statistics, its exceptions, its log and its
slot.
"""

from reconciliation.replication.dropped import (
    ApplyException,
    LogLine,
    apply_exceptions,
    log_warnings,
)
from reconciliation.replication.facts import TaskFacts, task_facts
from reconciliation.replication.restarting import reboot_source, restart_task
from reconciliation.replication.slots import SlotInfo, slot, slots
from reconciliation.replication.task import (
    TableStatistics,
    describe_task,
    find_task,
    other_mappings,
    settings_section,
    start_task,
    stop_task,
    table_statistics,
)

__all__ = [
    "ApplyException",
    "LogLine",
    "SlotInfo",
    "TableStatistics",
    "TaskFacts",
    "apply_exceptions",
    "describe_task",
    "find_task",
    "log_warnings",
    "other_mappings",
    "reboot_source",
    "restart_task",
    "settings_section",
    "slot",
    "slots",
    "start_task",
    "stop_task",
    "table_statistics",
    "task_facts",
]
