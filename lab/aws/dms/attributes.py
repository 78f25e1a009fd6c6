"""Extra connection attributes: ``name=value;name=value``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import StructureShape

from lab.aws.errors import invalid_value

#: members of an engine's settings that say where and as whom to connect rather than how
CONNECTION_MEMBERS = frozenset({"Username", "Password", "ServerName", "Port", "DatabaseName"})

_BOOLEANS = {
    "true": True,
    "y": True,
    "yes": True,
    "1": True,
    "false": False,
    "n": False,
    "no": False,
    "0": False,
}


def parse_attributes(text: str) -> dict[str, str]:
    """The attributes in their order and spelling; an AwsError for a part that is not
    ``name=value``.
    """
    attributes: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, separator, value = part.partition("=")
        if not separator or not name.strip():
            raise invalid_value(f"Extra connection attributes: {part!r} is not name=value")
        if name.strip().lower() == "password":
            raise invalid_value(
                "Extra connection attributes: a password is given as Password, not as an attribute"
            )
        attributes[name.strip()] = value.strip()
    return attributes


def as_settings(attributes: Mapping[str, str], shape: StructureShape) -> dict[str, Any]:
    """Those attributes that the engine's settings have a member for, in the member's spelling and
    type.
    """
    members = {name.lower(): name for name in shape.members}
    settings: dict[str, Any] = {}
    for name, value in attributes.items():
        member = members.get(name.lower())
        if member is not None:
            settings[member] = _typed(name, value, shape.members[member].type_name)
    return settings


def as_attributes(settings: Mapping[str, Any]) -> dict[str, str]:
    """An engine's settings in the form of extra connection attributes."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in settings.items()
        if name not in CONNECTION_MEMBERS
    }


def _typed(name: str, value: str, type_name: str) -> Any:
    try:
        if type_name == "boolean":
            return _BOOLEANS[value.lower()]
        return int(value) if type_name == "integer" else value
    except (KeyError, ValueError):
        raise invalid_value(
            f"Extra connection attribute {name}: {value!r} is not a {type_name}"
        ) from None
