"""Task settings: what was sent, merged into the complete document."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from lab.aws.dms.settings_defaults import DEFAULT_SETTINGS, SEVERITIES
from lab.aws.errors import AwsError, invalid_value

_LOG_PLACES = ("CloudWatchLogGroup", "CloudWatchLogStream")
#: user guide, "Error handling task settings"; which of them a setting takes is left to the
#: replication
_POLICIES = (
    "IGNORE_RECORD",
    "LOG_ERROR",
    "SUSPEND_TABLE",
    "STOP_TASK",
    "INSERT_RECORD",
    "UPDATE_RECORD",
    "IGNORE",
)
#: settings for which -1 means "without end"
_ENDLESS = ("RecoveryTimeout", "RecoverableErrorCount")
STATEMENT_CACHE_LIMIT = 200
_PREPARATIONS = ("DO_NOTHING", "DROP_AND_CREATE", "TRUNCATE_BEFORE_LOAD")


def complete_settings(
    text: str | None, *, group: str, stream: str, base: Mapping[str, Any] | None = None
) -> dict:
    """The whole document for a task: defaults (or ``base``, the task's present one), then what was
    sent.

    ``group`` and ``stream`` are where CloudWatch keeps the task's log; only DMS itself fills them
    in. A key that the document does not have takes no effect and is not kept: whether DMS refuses
    it is not documented. Raises InvalidParameterValueException.
    """
    document = copy.deepcopy(dict(base or DEFAULT_SETTINGS))
    sent = _parse(text)
    _refuse_log_places(sent, document)
    _merge(document, sent, "")
    _check_lob_mode(document["TargetMetadata"])
    _check_numbers(document, "")
    _check_policies(document["ErrorBehavior"])
    _check_choice(
        "FullLoadSettings.TargetTablePrepMode", document["FullLoadSettings"], _PREPARATIONS
    )
    logging = document["Logging"]
    logged = logging["EnableLogging"]
    logging.update(
        CloudWatchLogGroup=group if logged else None, CloudWatchLogStream=stream if logged else None
    )
    return document


def _parse(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        sent = json.loads(text)
    except ValueError as error:
        raise invalid_value(f"Invalid task settings document. Invalid json: {error}") from None
    if not isinstance(sent, dict):
        raise invalid_value("Invalid task settings document. Invalid json: an object is expected")
    return sent


def _refuse_log_places(sent: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    logging = sent.get("Logging")
    if not isinstance(logging, dict):
        return
    if any(logging.get(place) not in (None, present["Logging"][place]) for place in _LOG_PLACES):
        raise invalid_value(
            "Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create."
        )


def _merge(document: dict[str, Any], sent: Mapping[str, Any], path: str) -> None:
    for name, value in sent.items():
        where = f"{path}{name}"
        if name not in document or name in _LOG_PLACES:
            continue
        if name == "LogComponents":
            document[name] = _log_components(document[name], value)
        elif isinstance(document[name], dict) and value is not None:
            _merge(document[name], _expect(value, dict, where), f"{where}.")
        else:
            document[name] = _of_same_type(document[name], value, where)


def _of_same_type(default: Any, value: Any, where: str) -> Any:
    if default is None or value is None:
        return value
    if isinstance(default, int) and not isinstance(default, bool) and isinstance(value, bool):
        raise _wrong_type(where, value, int)
    return _expect(value, type(default), where)


def _log_components(present: list[dict[str, str]], sent: Any) -> list[dict[str, str]]:
    severities = {component["Id"]: component["Severity"] for component in present}
    for component in _expect(sent, list, "Logging.LogComponents"):
        fields = _expect(component, dict, "Logging.LogComponents")
        _check_choice("Logging.LogComponents.Id", {"Id": fields.get("Id")}, tuple(severities))
        _check_choice(
            "Logging.LogComponents.Severity", {"Severity": fields.get("Severity")}, SEVERITIES
        )
        severities[fields["Id"]] = fields["Severity"]
    return [{"Id": name, "Severity": severity} for name, severity in severities.items()]


def _check_lob_mode(metadata: Mapping[str, Any]) -> None:
    """User guide, "Target metadata task settings": with SupportLobs one of the two modes, and only
    one.
    """
    if metadata["SupportLobs"] and metadata["FullLobMode"] == metadata["LimitedSizeLobMode"]:
        raise invalid_value(
            "Invalid task settings document. TargetMetadata: with SupportLobs exactly one of "
            "FullLobMode and "
            "LimitedSizeLobMode must be true"
        )
    if metadata["SupportLobs"] and metadata["LimitedSizeLobMode"] and metadata["LobMaxSize"] < 1:
        raise invalid_value(
            "Invalid task settings document. TargetMetadata.LobMaxSize is 0; limited LOB mode "
            "needs a size in KB"
        )


def _check_numbers(section: Mapping[str, Any], path: str) -> None:
    for name, value in section.items():
        if isinstance(value, dict):
            _check_numbers(value, f"{path}{name}.")
        elif isinstance(value, int) and value < (-1 if name in _ENDLESS else 0):
            raise invalid_value(
                f"Invalid task settings document. {path}{name} is {value}; it cannot be negative"
            )
        elif name == "StatementCacheSize" and value > STATEMENT_CACHE_LIMIT:
            raise invalid_value(
                f"Invalid task settings document. {path}{name} is {value}; at most "
                f"{STATEMENT_CACHE_LIMIT} are possible"
            )


def _check_policies(behavior: Mapping[str, Any]) -> None:
    for name in behavior:
        if name.endswith("Policy"):
            _check_choice(f"ErrorBehavior.{name}", behavior, _POLICIES)


def _check_choice(where: str, holder: Mapping[str, Any], choices: tuple[str, ...]) -> None:
    value = holder[where.rsplit(".", 1)[1]]
    if value not in choices:
        raise invalid_value(
            f"Invalid task settings document. {where} is {value!r}; it must be {', '.join(choices)}"
        )


def _expect(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, kind):
        raise _wrong_type(where, value, kind)
    return value


def _wrong_type(where: str, value: Any, kind: type) -> AwsError:
    return invalid_value(
        f"Invalid task settings document. {where} is {value!r}; {kind.__name__} is expected"
    )
