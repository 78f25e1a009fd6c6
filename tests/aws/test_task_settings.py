"""Task settings: defaults, merging, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.aws.dms.settings import complete_settings
from lab.aws.dms.settings_defaults import DEFAULT_SETTINGS
from lab.aws.errors import AwsError

#: what a real service answers for a task with a part of the document (published payloads), logging
#: on
AS_DESCRIBED = json.loads("""
{"TargetMetadata":{"TargetSchema":"","SupportLobs":true,"FullLobMode":false,"LobChunkSize":64,
   "LimitedSizeLobMode":true,"LobMaxSize":32,"InlineLobMaxSize":0,"LoadMaxFileSize":0,
   "ParallelLoadThreads":0,"ParallelLoadBufferSize":0,"ParallelLoadQueuesPerThread":0,
   "ParallelApplyThreads":0,"ParallelApplyBufferSize":0,"ParallelApplyQueuesPerThread":0,
   "BatchApplyEnabled":false,"TaskRecoveryTableEnabled":false},
 "FullLoadSettings":{"TargetTablePrepMode":"DROP_AND_CREATE","CreatePkAfterFullLoad":false,
   "StopTaskCachedChangesApplied":false,"StopTaskCachedChangesNotApplied":false,
   "MaxFullLoadSubTasks":8,"TransactionConsistencyTimeout":600,"CommitRate":10000},
 "Logging":{"EnableLogging":true,"EnableLogContext":false,"LogComponents":[],
   "CloudWatchLogGroup":"the-group","CloudWatchLogStream":"the-stream"},
 "ControlTablesSettings":{"ControlSchema":"","historyTimeslotInMinutes":5,"HistoryTimeslotInMinutes":5,
   "HistoryTableEnabled":false,"SuspendedTablesTableEnabled":false,"StatusTableEnabled":false,"FullLoadExceptionTableEnabled":false},
 "StreamBufferSettings":{"StreamBufferCount":3,"StreamBufferSizeInMB":8,"CtrlStreamBufferSizeInMB":5},
 "ChangeProcessingTuning":{"BatchApplyPreserveTransaction":true,"BatchApplyTimeoutMin":1,"BatchApplyTimeoutMax":30,
   "BatchApplyMemoryLimit":500,"BatchSplitSize":0,"MinTransactionSize":1000,"CommitTimeout":1,
   "MemoryLimitTotal":1024,"MemoryKeepTime":60,"StatementCacheSize":50,"RecoveryTimeout":-1},
 "ChangeProcessingDdlHandlingPolicy":{"HandleSourceTableDropped":true,"HandleSourceTableTruncated":true,"HandleSourceTableAltered":true},
 "ErrorBehavior":{"DataErrorPolicy":"LOG_ERROR","DataTruncationErrorPolicy":"LOG_ERROR","DataMaskingErrorPolicy":"STOP_TASK",
   "DataErrorEscalationPolicy":"SUSPEND_TABLE","DataErrorEscalationCount":0,"EventErrorPolicy":"IGNORE",
   "TableErrorPolicy":"SUSPEND_TABLE","TableErrorEscalationPolicy":"STOP_TASK","TableErrorEscalationCount":0,
   "RecoverableErrorCount":-1,"RecoverableErrorInterval":5,"RecoverableErrorThrottling":true,
   "RecoverableErrorThrottlingMax":1800,"RecoverableErrorStopRetryAfterThrottlingMax":true,
   "ApplyErrorDeletePolicy":"IGNORE_RECORD","ApplyErrorInsertPolicy":"LOG_ERROR","ApplyErrorUpdatePolicy":"LOG_ERROR",
   "ApplyErrorEscalationPolicy":"LOG_ERROR","ApplyErrorEscalationCount":0,"ApplyErrorFailOnTruncationDdl":false,
   "FailOnNoTablesCaptured":true,"FailOnTransactionConsistencyBreached":false,"FullLoadIgnoreConflicts":true},
 "ValidationSettings":{"EnableValidation":false,"ValidationMode":"ROW_LEVEL","ThreadCount":5,"PartitionSize":10000,
   "FailureMaxCount":10000,"RecordFailureDelayInMinutes":5,"RecordFailureDelayLimitInMinutes":0,"RecordSuspendDelayInMinutes":30,
   "MaxKeyColumnSize":8096,"TableFailureMaxCount":1000,"ValidationOnly":false,"HandleCollationDiff":false,
   "SkipLobColumns":false,"ValidationPartialLobSize":0,"ValidationQueryCdcDelaySeconds":0},
 "TTSettings":{"EnableTT":false,"TTS3Settings":null,"TTRecordSettings":null},
 "BeforeImageSettings":null,"CharacterSetSettings":null,"LoopbackPreventionSettings":null,
 "PostProcessingRules":null,"FailTaskWhenCleanTaskResourceFailed":false}
""")
COMPONENTS = (
    "TRANSFORMATION, SOURCE_UNLOAD, IO, TARGET_LOAD, PERFORMANCE, SOURCE_CAPTURE, SORTER, "
    "REST_SERVER, VALIDATOR_EXT, "
    "TARGET_APPLY, TASK_MANAGER, TABLES_MANAGER, METADATA_MANAGER, FILE_FACTORY, COMMON, ADDONS, "
    "DATA_STRUCTURE, "
    "COMMUNICATION, FILE_TRANSFER"
)


def complete(sent: Any, base: dict[str, Any] | None = None) -> dict[str, Any]:
    return complete_settings(json.dumps(sent), group="the-group", stream="the-stream", base=base)


def test_nothing_sent_gives_the_defaults() -> None:
    assert complete_settings(None, group="g", stream="s") == DEFAULT_SETTINGS
    assert complete({}) == DEFAULT_SETTINGS
    assert DEFAULT_SETTINGS["ErrorBehavior"]["ApplyErrorDeletePolicy"] == "IGNORE_RECORD"


def test_the_document_is_literally_that_of_the_service() -> None:
    described = complete({"Logging": {"EnableLogging": True}})
    components = described["Logging"].pop("LogComponents")
    assert described == {**AS_DESCRIBED, "Logging": {**described["Logging"]}}
    assert {**described["Logging"], "LogComponents": []} == AS_DESCRIBED["Logging"]
    assert list(described) == list(AS_DESCRIBED)
    assert [one["Id"] for one in components] == COMPONENTS.split(", ")
    assert {one["Severity"] for one in components} == {"LOGGER_SEVERITY_DEFAULT"}


def test_what_is_sent_is_merged_in() -> None:
    merged = complete(
        {"TargetMetadata": {"LobMaxSize": 64}, "BeforeImageSettings": {"EnableBeforeImage": True}}
    )
    assert merged["TargetMetadata"] == {**DEFAULT_SETTINGS["TargetMetadata"], "LobMaxSize": 64}
    assert merged["BeforeImageSettings"] == {"EnableBeforeImage": True}
    again = complete({"ChangeProcessingTuning": {"CommitTimeout": 5}}, base=merged)
    assert (
        again["TargetMetadata"]["LobMaxSize"],
        again["ChangeProcessingTuning"]["CommitTimeout"],
    ) == (64, 5)
    assert DEFAULT_SETTINGS["TargetMetadata"]["LobMaxSize"] == 32


def test_the_place_of_the_log_is_filled_in_when_there_is_one() -> None:
    logging = complete({"Logging": {"EnableLogging": True}})["Logging"]
    assert (logging["CloudWatchLogGroup"], logging["CloudWatchLogStream"]) == (
        "the-group",
        "the-stream",
    )
    off = complete(
        {"Logging": {"EnableLogging": False}}, base={**DEFAULT_SETTINGS, "Logging": logging}
    )["Logging"]
    assert (off["CloudWatchLogGroup"], off["CloudWatchLogStream"]) == (None, None)


def test_a_described_document_can_be_sent_back() -> None:
    described = complete({"Logging": {"EnableLogging": True}})
    assert complete(described, base=described) == described


def test_log_components_are_merged_by_id() -> None:
    sent = [{"Id": "TARGET_APPLY", "Severity": "LOGGER_SEVERITY_DEBUG"}]
    components = complete({"Logging": {"LogComponents": sent}})["Logging"]["LogComponents"]
    assert [one for one in components if one["Severity"] != "LOGGER_SEVERITY_DEFAULT"] == sent
    assert len(components) == 19


def test_without_limited_lob_mode_the_size_does_not_matter() -> None:
    sent = {"TargetMetadata": {"LimitedSizeLobMode": False, "FullLobMode": True, "LobMaxSize": 0}}
    assert complete(sent)["TargetMetadata"]["LobMaxSize"] == 0
    assert complete({"ChangeProcessingTuning": {"RecoveryTimeout": -1}}) == DEFAULT_SETTINGS


def test_a_key_in_the_wrong_section_has_no_effect() -> None:
    assert complete({"ChangeProcessingTuning": {"BatchApplyEnabled": True}}) == DEFAULT_SETTINGS


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ([], "object"),
        ({"TargetMetadata": 1}, "TargetMetadata"),
        ({"TargetMetadata": {"LobMaxSize": "32"}}, "TargetMetadata.LobMaxSize"),
        ({"TargetMetadata": {"LobMaxSize": True}}, "TargetMetadata.LobMaxSize"),
        ({"TargetMetadata": {"SupportLobs": 1}}, "TargetMetadata.SupportLobs"),
        ({"TargetMetadata": {"FullLobMode": True}}, "exactly one of FullLobMode"),
        ({"TargetMetadata": {"LimitedSizeLobMode": False}}, "exactly one of FullLobMode"),
        ({"FullLoadSettings": {"TargetTablePrepMode": "NOTHING"}}, "TargetTablePrepMode"),
        (
            {"Logging": {"LogComponents": [{"Id": "X", "Severity": "LOGGER_SEVERITY_INFO"}]}},
            "LogComponents.Id",
        ),
        (
            {"Logging": {"LogComponents": [{"Id": "SORTER", "Severity": "LOUD"}]}},
            "LogComponents.Severity",
        ),
        ({"TargetMetadata": {"LobMaxSize": 0}}, "LobMaxSize is 0"),
        ({"TargetMetadata": {"LobChunkSize": -1}}, "TargetMetadata.LobChunkSize is -1"),
        ({"ChangeProcessingTuning": {"StatementCacheSize": 201}}, "at most 200"),
        ({"ErrorBehavior": {"DataErrorPolicy": "SHRUG"}}, "ErrorBehavior.DataErrorPolicy"),
        ({"Logging": {"CloudWatchLogStream": "mine"}}, "cannot be set on create"),
    ],
)
def test_a_document_that_cannot_be_is_refused(sent: Any, place: str) -> None:
    with pytest.raises(AwsError, match=place) as caught:
        complete(sent)
    assert caught.value.code == "InvalidParameterValueException"
