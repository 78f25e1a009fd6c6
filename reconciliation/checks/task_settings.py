"""The task's settings held against what was agreed. Pure: settings in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping

from reconciliation.agreed.profile import AgreedSection
from reconciliation.model import TaskInfo
from reconciliation.replication import settings_section

_POLICIES = {
    "DataErrorPolicy": ("LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"),
    "DataTruncationErrorPolicy": ("LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"),
    "ApplyErrorInsertPolicy": ("LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"),
    "ApplyErrorUpdatePolicy": ("LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"),
}
#: what a policy outside the list above does (AWS DMS user guide, error handling task settings)
_HARM = {
    "IGNORE_RECORD": "rows that cannot be applied vanish without a trace",
    "INSERT_RECORD": "a row that stands there already is overwritten without a trace",
    "UPDATE_RECORD": (
        "a missing row is made up from one change, and LOB columns are no longer replicated"
    ),
}
#: settings that are often written into the wrong section, where they have no effect -> the right
#: one
_SECTION_OF = {"BatchApplyEnabled": "TargetMetadata", "CommitTimeout": "ChangeProcessingTuning"}


def settings_findings(task: TaskInfo, agreed: AgreedSection) -> list[str]:
    """One sentence per setting that is not as agreed or hides conflicts."""
    found = [
        f"{what} is {shown(value)}, agreed is {shown(wanted)}; change the task"
        for what, value, wanted in _expectations(task, agreed)
        if value != wanted
    ]
    return found + _policy_findings(task) + _misplaced(task.settings)


def _expectations(task: TaskInfo, agreed: AgreedSection) -> list[tuple[str, object, object]]:
    metadata = settings_section(task, "TargetMetadata")
    wanted: list[tuple[str, object, object]] = [
        ("the migration type", task.migration_type, agreed.migration_type),
        (
            "the target table preparation mode",
            settings_section(task, "FullLoadSettings").get("TargetTablePrepMode"),
            agreed.target_table_preparation,
        ),
        ("the LOB mode", lob_mode(metadata), agreed.lob_mode),
        (
            "data validation",
            bool(settings_section(task, "ValidationSettings").get("EnableValidation")),
            agreed.data_validation,
        ),
        (
            "CloudWatch logging",
            bool(settings_section(task, "Logging").get("EnableLogging")),
            agreed.cloudwatch_logs,
        ),
    ]
    if agreed.lob_mode == "limited":
        wanted.append(
            ("the LOB size limit in KB", metadata.get("LobMaxSize"), agreed.lob_max_size_kb)
        )
    return wanted


def lob_mode(metadata: Mapping[str, object]) -> str:
    """``limited``, ``full`` or ``none`` as TargetMetadata says it."""
    if not metadata.get("SupportLobs", True):
        return "none"
    return (
        "full"
        if metadata.get("FullLobMode")
        else "limited"
        if metadata.get("LimitedSizeLobMode")
        else "none"
    )


def _policy_findings(task: TaskInfo) -> list[str]:
    errors = settings_section(task, "ErrorBehavior")
    found = []
    for name, allowed in _POLICIES.items():
        value = errors.get(name)
        if value is not None and value not in allowed:
            harm = _HARM.get(
                str(value), "this value is not one that the documentation knows for it"
            )
            found.append(f"{name} is {value}: {harm}; set it to LOG_ERROR")
    return found


def _misplaced(settings: Mapping[str, object]) -> list[str]:
    return [
        f"{name} stands in section {section}, where it has no effect; it belongs to {right}"
        for name, right in _SECTION_OF.items()
        for section, values in settings.items()
        if section != right and isinstance(values, Mapping) and name in values
    ]


def shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not set" if value in (None, "") else str(value)
