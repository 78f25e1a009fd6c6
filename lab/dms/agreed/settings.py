"""The task settings that decide how changes are applied, with the defaults of DMS where a document
leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATEMENT_CACHE_MAX = 200
#: what a change of a batch is reckoned to take in memory
CHANGE_KB = 4
_BATCH_TIMEOUTS = (("Min", 1), ("Max", 30))


@dataclass(frozen=True)
class ErrorBehavior:
    """Policies by DMS's names in snake case; counts of 0 never escalate."""

    data_error: str
    data_truncation: str
    data_escalation: str
    data_escalation_count: int
    table_error: str
    table_escalation: str
    table_escalation_count: int
    apply_delete: str
    apply_insert: str
    apply_update: str
    apply_escalation: str
    apply_escalation_count: int
    recoverable_count: int
    recoverable_interval: float
    recoverable_throttling: bool
    recoverable_throttling_max: float
    fail_on_no_tables: bool
    data_masking: str = "STOP_TASK"


@dataclass(frozen=True)
class BatchSettings:
    """Batch apply; ``split_size`` is the most records of one bulk statement, 0 for no limit."""

    enabled: bool = False
    split_size: int = 0


@dataclass(frozen=True)
class DdlPolicy:
    """Which DDL of the source is replayed. TRUNCATE never is with PostgreSQL, whatever its setting
    says.
    """

    dropped: bool = True
    altered: bool = True


@dataclass(frozen=True)
class ControlTableSettings:
    """Which control tables are kept besides awsdms_apply_exceptions; ``timeslot_minutes`` is one
    row of the history.
    """

    status: bool = False
    suspended_tables: bool = False
    history: bool = False
    recovery: bool = False
    timeslot_minutes: int = 5


@dataclass(frozen=True)
class TaskSettings:
    """``lob_max_kb`` is None when LOBs are not cut (full LOB mode).

    ``min_transaction_size`` (changes) and ``commit_timeout`` (seconds) say when a target
    transaction is due; under batch apply they are BatchApplyMemoryLimit and BatchApplyTimeoutMin.
    ``replacements`` are the code points of CharacterSetSettings with what stands in for them, None
    for those that are deleted.
    """

    errors: ErrorBehavior
    min_transaction_size: int
    memory_limit_mb: int
    commit_timeout: float
    support_lobs: bool
    lob_max_kb: int | None
    target_schema: str
    control_schema: str
    logging: bool
    log_components: Mapping[str, str]
    log_context: bool = False
    batch: BatchSettings = BatchSettings()
    ddl: DdlPolicy = DdlPolicy()
    control: ControlTableSettings = ControlTableSettings()
    statement_cache: int = 50
    replacements: Mapping[int, int | None] = field(default_factory=dict)


def parse_settings(document: Mapping[str, Any]) -> TaskSettings:
    """The settings of a document as DescribeReplicationTasks returns it, complete or partial.

    Raises ValueError for settings that contradict each other.
    """
    metadata = _section(document, "TargetMetadata")
    tuning = _section(document, "ChangeProcessingTuning")
    logging = _section(document, "Logging")
    errors = _errors(_section(document, "ErrorBehavior"))
    batch = BatchSettings(
        bool(metadata.get("BatchApplyEnabled", False)), int(tuning.get("BatchSplitSize", 0))
    )
    size, timeout = _due(tuning, batch)
    return TaskSettings(
        errors=errors,
        min_transaction_size=size,
        memory_limit_mb=int(tuning.get("MemoryLimitTotal", 1024)),
        commit_timeout=timeout,
        # UPDATE_RECORD disables LOB columns for the whole task (AWS DMS user guide, error handling
        # settings)
        support_lobs=bool(metadata.get("SupportLobs", True))
        and errors.apply_update != "UPDATE_RECORD",
        lob_max_kb=_lob_max_kb(metadata),
        target_schema=str(metadata.get("TargetSchema") or ""),
        control_schema=str(_section(document, "ControlTablesSettings").get("ControlSchema") or ""),
        logging=bool(logging.get("EnableLogging", False)),
        log_components={
            item["Id"]: item.get("Severity", "LOGGER_SEVERITY_DEFAULT")
            for item in logging.get("LogComponents") or ()
            if "Id" in item
        },
        log_context=bool(logging.get("EnableLogContext", False)),
        batch=batch,
        ddl=_ddl_policy(_section(document, "ChangeProcessingDdlHandlingPolicy")),
        control=_control_tables(_section(document, "ControlTablesSettings"), metadata),
        statement_cache=min(int(tuning.get("StatementCacheSize", 50)), STATEMENT_CACHE_MAX),
        replacements=_replacements(_section(document, "CharacterSetSettings")),
    )


def _due(tuning: Mapping[str, Any], batch: BatchSettings) -> tuple[int, float]:
    """After how many changes and after how many seconds a target transaction is due."""
    if not batch.enabled:
        return max(1, int(tuning.get("MinTransactionSize", 1000))), float(
            tuning.get("CommitTimeout", 1)
        )
    shortest, longest = (
        float(tuning.get(f"BatchApplyTimeout{name}", value)) for name, value in _BATCH_TIMEOUTS
    )
    kilobytes = int(tuning.get("BatchApplyMemoryLimit", 500)) * 1024
    return max(1, kilobytes // CHANGE_KB), min(shortest, longest)


def _lob_max_kb(metadata: Mapping[str, Any]) -> int | None:
    full = bool(metadata.get("FullLobMode", False))
    limited = bool(metadata.get("LimitedSizeLobMode", not full))
    if not metadata.get("SupportLobs", True):
        return None
    if full == limited:
        raise ValueError(
            f"TargetMetadata has FullLobMode {full} and LimitedSizeLobMode {limited}; with "
            f"SupportLobs exactly one of "
            "them must be true"
        )
    size = int(metadata.get("LobMaxSize", 32))
    if limited and size < 1:
        raise ValueError(f"LobMaxSize is {size}; limited LOB mode needs a limit of at least 1 KB")
    return size if limited else None


def _ddl_policy(given: Mapping[str, Any]) -> DdlPolicy:
    return DdlPolicy(
        bool(given.get("HandleSourceTableDropped", True)),
        bool(given.get("HandleSourceTableAltered", True)),
    )


def _control_tables(given: Mapping[str, Any], metadata: Mapping[str, Any]) -> ControlTableSettings:
    minutes = given.get("HistoryTimeslotInMinutes", given.get("historyTimeslotInMinutes", 5))
    return ControlTableSettings(
        status=bool(given.get("StatusTableEnabled", False)),
        suspended_tables=bool(given.get("SuspendedTablesTableEnabled", False)),
        history=bool(given.get("HistoryTableEnabled", False)),
        recovery=bool(metadata.get("TaskRecoveryTableEnabled", False)),
        timeslot_minutes=max(1, int(minutes)),
    )


def _replacements(given: Mapping[str, Any]) -> Mapping[int, int | None]:
    """A target code point of 0 deletes the character (AWS DMS user guide,
    character substitution).
    """
    return {
        int(item["SourceCharacterCodePoint"]): int(item["TargetCharacterCodePoint"]) or None
        for item in given.get("CharacterReplacements") or ()
    }


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return document.get(name) or {}


def _errors(given: Mapping[str, Any]) -> ErrorBehavior:
    return ErrorBehavior(
        data_error=given.get("DataErrorPolicy", "LOG_ERROR"),
        data_truncation=given.get("DataTruncationErrorPolicy", "LOG_ERROR"),
        data_escalation=given.get("DataErrorEscalationPolicy", "SUSPEND_TABLE"),
        data_escalation_count=int(given.get("DataErrorEscalationCount", 0)),
        table_error=given.get("TableErrorPolicy", "SUSPEND_TABLE"),
        table_escalation=given.get("TableErrorEscalationPolicy", "STOP_TASK"),
        table_escalation_count=int(given.get("TableErrorEscalationCount", 0)),
        apply_delete=given.get("ApplyErrorDeletePolicy", "IGNORE_RECORD"),
        apply_insert=given.get("ApplyErrorInsertPolicy", "LOG_ERROR"),
        apply_update=given.get("ApplyErrorUpdatePolicy", "LOG_ERROR"),
        apply_escalation=given.get("ApplyErrorEscalationPolicy", "LOG_ERROR"),
        apply_escalation_count=int(given.get("ApplyErrorEscalationCount", 0)),
        recoverable_count=int(given.get("RecoverableErrorCount", -1)),
        recoverable_interval=float(given.get("RecoverableErrorInterval", 5)),
        recoverable_throttling=bool(given.get("RecoverableErrorThrottling", True)),
        recoverable_throttling_max=float(given.get("RecoverableErrorThrottlingMax", 1800)),
        fail_on_no_tables=bool(given.get("FailOnNoTablesCaptured", True)),
        data_masking=given.get("DataMaskingErrorPolicy", "STOP_TASK"),
    )
