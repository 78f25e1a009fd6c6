"""The parameter group of the instance, from what the server has set."""

from __future__ import annotations

from typing import Any

from lab.aws.rds.live import Facts, Setting

LOGICAL_REPLICATION = "rds.logical_replication"
#: RDS loads its own library before those of the parameter group
RDS_LIBRARY = "rdsutils"

_DATA_TYPES = {
    "bool": "boolean",
    "integer": "integer",
    "real": "float",
    "string": "string",
    "enum": "string",
}
_STATIC_CONTEXTS = ("postmaster", "internal")
_BOOLEANS = {"on": "1", "true": "1", "yes": "1", "off": "0", "false": "0", "no": "0"}


def describe_parameters(facts: Facts) -> list[dict[str, Any]]:
    """All parameters by name, the switch for logical replication among them.

    As in RDS a changed parameter shows its new value at once and the instance says
    ``pending-reboot``.
    """
    parameters = [_parameter(setting) for setting in facts.settings.values()]
    parameters.append(_logical_replication(_value(facts.settings["wal_level"])))
    return sorted(parameters, key=lambda parameter: parameter["ParameterName"])


def is_static(setting: Setting) -> bool:
    """Whether a change of the parameter needs a restart."""
    return setting.context in _STATIC_CONTEXTS


def _parameter(setting: Setting) -> dict[str, Any]:
    static = is_static(setting)
    return {
        "ParameterName": setting.name,
        "ParameterValue": _value(setting),
        "Description": setting.description,
        "Source": _source(setting),
        "ApplyType": "static" if static else "dynamic",
        "DataType": _DATA_TYPES[setting.kind],
        "AllowedValues": _allowed(setting),
        "IsModifiable": setting.context != "internal",
        "ApplyMethod": "pending-reboot" if static else "immediate",
    }


def _value(setting: Setting) -> str | None:
    value = (
        setting.configured
        if setting.pending_restart and setting.configured is not None
        else setting.value
    )
    if setting.kind == "bool" and value is not None:
        return _BOOLEANS.get(value.lower(), value)
    if setting.name == "shared_preload_libraries":
        return ",".join(
            filter(None, (RDS_LIBRARY, *(part.strip() for part in (value or "").split(","))))
        )
    return value


def _source(setting: Setting) -> str:
    if setting.source == "default" and not setting.pending_restart:
        return "engine-default"
    return "system" if setting.context == "internal" or setting.source == "override" else "user"


def _allowed(setting: Setting) -> str | None:
    if setting.kind == "bool":
        return "0,1"
    if setting.choices:
        return ",".join(setting.choices)
    return f"{setting.smallest}-{setting.largest}" if setting.smallest is not None else None


def _logical_replication(wal_level: str | None) -> dict[str, Any]:
    """RDS's switch stands for wal_level: on exactly when that is logical."""
    on = wal_level == "logical"
    return {
        "ParameterName": LOGICAL_REPLICATION,
        "ParameterValue": "1" if on else "0",
        "Description": "Enables logical decoding.",
        "Source": "user" if on else "system",
        "ApplyType": "static",
        "DataType": "boolean",
        "AllowedValues": "0,1",
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
    }
