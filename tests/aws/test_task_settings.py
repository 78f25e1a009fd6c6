"""Task settings: defaults, merging, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.aws.dms.settings import complete_settings
from lab.aws.dms.settings_defaults import DEFAULT_SETTINGS
from lab.aws.errors import AwsError


def complete(sent: Any, base: dict[str, Any] | None = None) -> dict[str, Any]:
    return complete_settings(json.dumps(sent), group="the-group", stream="the-stream", base=base)


def test_nothing_sent_gives_the_defaults() -> None:
    assert complete_settings(None, group="g", stream="s") == DEFAULT_SETTINGS
    assert complete({}) == DEFAULT_SETTINGS
    assert DEFAULT_SETTINGS["ErrorBehavior"]["ApplyErrorDeletePolicy"] == "IGNORE_RECORD"


def test_what_is_sent_is_merged_in() -> None:
    merged = complete({"TargetMetadata": {"LobMaxSize": 64}, "BeforeImageSettings": {"EnableBeforeImage": True}})
    assert merged["TargetMetadata"] == {**DEFAULT_SETTINGS["TargetMetadata"], "LobMaxSize": 64}
    assert merged["BeforeImageSettings"] == {"EnableBeforeImage": True}
    again = complete({"ChangeProcessingTuning": {"CommitTimeout": 5}}, base=merged)
    assert (again["TargetMetadata"]["LobMaxSize"], again["ChangeProcessingTuning"]["CommitTimeout"]) == (64, 5)
    assert DEFAULT_SETTINGS["TargetMetadata"]["LobMaxSize"] == 32


def test_the_place_of_the_log_is_filled_in_when_there_is_one() -> None:
    logging = complete({"Logging": {"EnableLogging": True}})["Logging"]
    assert (logging["CloudWatchLogGroup"], logging["CloudWatchLogStream"]) == ("the-group", "the-stream")
    off = complete({"Logging": {"EnableLogging": False}}, base={**DEFAULT_SETTINGS, "Logging": logging})["Logging"]
    assert (off["CloudWatchLogGroup"], off["CloudWatchLogStream"]) == (None, None)


def test_a_described_document_can_be_sent_back() -> None:
    described = complete({"Logging": {"EnableLogging": True}})
    assert complete(described, base=described) == described


def test_log_components_are_merged_by_id() -> None:
    sent = [{"Id": "TARGET_APPLY", "Severity": "LOGGER_SEVERITY_DEBUG"}]
    components = complete({"Logging": {"LogComponents": sent}})["Logging"]["LogComponents"]
    assert [one for one in components if one["Severity"] != "LOGGER_SEVERITY_DEFAULT"] == sent
    assert len(components) == 19


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
        ({"Logging": {"LogComponents": [{"Id": "X", "Severity": "LOGGER_SEVERITY_INFO"}]}}, "LogComponents.Id"),
        ({"Logging": {"LogComponents": [{"Id": "SORTER", "Severity": "LOUD"}]}}, "LogComponents.Severity"),
        ({"Logging": {"CloudWatchLogStream": "mine"}}, "cannot be set on create"),
    ],
)
def test_a_document_that_cannot_be_is_refused(sent: Any, place: str) -> None:
    with pytest.raises(AwsError, match=place) as caught:
        complete(sent)
    assert caught.value.code == "InvalidParameterValueException"
