"""The task settings that decide how changes are applied, with the defaults of DMS where a document leaves them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorBehavior:
    """Policies by DMS's names in snake case; counts of 0 never escalate."""

    data_error: str
    data_truncation: str
    data_escalation: str
    data_escalation_count: int
    table_error: str
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
class TaskSettings:
    """``lob_max_kb`` is None when LOBs are not cut (full LOB mode)."""

    errors: ErrorBehavior
    min_transaction_size: int
    commit_timeout: float
    support_lobs: bool
    lob_max_kb: int | None
    target_schema: str
    control_schema: str
    logging: bool
    log_components: Mapping[str, str]


def parse_settings(document: Mapping[str, Any]) -> TaskSettings:
    """The settings of a document as DescribeReplicationTasks returns it, complete or partial."""
    metadata = _section(document, "TargetMetadata")
    tuning = _section(document, "ChangeProcessingTuning")
    logging = _section(document, "Logging")
    errors = _errors(_section(document, "ErrorBehavior"))
    limited = metadata.get("LimitedSizeLobMode", True) and not metadata.get("FullLobMode", False)
    return TaskSettings(
        errors=errors,
        min_transaction_size=max(1, int(tuning.get("MinTransactionSize", 1000))),
        commit_timeout=float(tuning.get("CommitTimeout", 1)),
        # UPDATE_RECORD disables LOB columns for the whole task (AWS DMS user guide, error handling settings)
        support_lobs=bool(metadata.get("SupportLobs", True)) and errors.apply_update != "UPDATE_RECORD",
        lob_max_kb=int(metadata.get("LobMaxSize", 32)) if limited else None,
        target_schema=str(metadata.get("TargetSchema") or ""),
        control_schema=str(_section(document, "ControlTablesSettings").get("ControlSchema") or ""),
        logging=bool(logging.get("EnableLogging", False)),
        log_components={
            item["Id"]: item.get("Severity", "LOGGER_SEVERITY_DEFAULT")
            for item in logging.get("LogComponents") or ()
            if "Id" in item
        },
    )


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return document.get(name) or {}


def _errors(given: Mapping[str, Any]) -> ErrorBehavior:
    return ErrorBehavior(
        data_error=given.get("DataErrorPolicy", "LOG_ERROR"),
        data_truncation=given.get("DataTruncationErrorPolicy", "LOG_ERROR"),
        data_escalation=given.get("DataErrorEscalationPolicy", "SUSPEND_TABLE"),
        data_escalation_count=int(given.get("DataErrorEscalationCount", 0)),
        table_error=given.get("TableErrorPolicy", "SUSPEND_TABLE"),
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
