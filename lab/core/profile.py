"""What the lab reads of an environment profile (``environments/NAME.toml``).

The suite reads the same files on its own; the two readers share no code.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.core.errors import UsageError
from lab.suggestions import did_you_mean

PORT_NAMES = ("postgres", "store", "oracle", "aws", "api")
DEFAULT_CHARSET = "AL32UTF8"
_CHARSETS = (DEFAULT_CHARSET, "KO16MSWIN949", "WE8MSWIN1252", "WE8ISO8859P1")
_CHOICES = {
    "legacy_trigger": ("enabled", "disabled"),
    "column_rule_policy": ("lower_rule_id_wins", "chained"),
    "missing_target_column": ("skip", "fail"),
}
_LAB_KEYS = {
    "table_mapping": str,
    "target_endpoint_attributes": str,
    "source_endpoint_attributes": str,
    "legacy_trigger": str,
    "seed_differences": bool,
    "column_rule_policy": str,
    "missing_target_column": str,
}


@dataclass(frozen=True)
class LabProfile:
    """One lab as its profile describes it; ``ports`` holds only the configured ones."""

    name: str
    region: str
    task: str
    table_mapping: str
    legacy_trigger_enabled: bool
    seed_differences: bool
    #: the character set of the legacy database
    target_charset: str = DEFAULT_CHARSET
    ports: Mapping[str, int] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)


def known_environments(root: Path) -> list[str]:
    return sorted(path.stem for path in (root / "environments").glob("*.toml"))


def require_known(name: str, root: Path) -> None:
    """Raise UsageError, listing the environments there are, for a name without a profile."""
    known = known_environments(root)
    if name not in known:
        known_ones = f"known environments: {', '.join(known) or 'none'}"
        raise UsageError(f"unknown environment {name!r}{did_you_mean(name, known, known_ones)}")


def load_profile(name: str, root: Path) -> LabProfile:
    """Read ``environments/NAME.toml`` under ``root``.

    Raises UsageError, one line, for an unknown name, broken TOML, a missing, unknown or ill-typed
    key of the sections the lab uses, a profile that is not a lab's, or a mapping file that is
    absent or not JSON.
    """
    require_known(name, root)
    document = _read_toml(root / "environments" / f"{name}.toml")
    reader = _Section(f"environments/{name}.toml", document)
    kind = reader.value("environment", "kind", str)
    if kind != "lab":
        raise UsageError(
            f"environments/{name}.toml: [environment] kind is {kind!r}, "
            "which the lab does not start; only profiles of kind 'lab' have an embedded lab"
        )
    reader.refuse_unknown("lab", {*_LAB_KEYS, "target_charset", "ports"})
    settings = {key: reader.value("lab", key, of) for key, of in _LAB_KEYS.items()}
    for key, choices in _CHOICES.items():
        reader.check_choice("lab", key, choices)
    charset = reader.section("lab").get("target_charset", DEFAULT_CHARSET)
    if charset != DEFAULT_CHARSET:
        reader.check_choice("lab", "target_charset", _CHARSETS)
    return LabProfile(
        name=name,
        region=reader.value("aws", "region", str),
        task=reader.value("aws", "task", str),
        table_mapping=_read_mapping(root, settings["table_mapping"], f"environments/{name}.toml"),
        legacy_trigger_enabled=settings["legacy_trigger"] == "enabled",
        seed_differences=settings["seed_differences"],
        target_charset=charset,
        ports=reader.ports(),
        document=document,
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"environments/{path.name} is not valid TOML: {error}") from None


def _read_mapping(root: Path, relative: str, profile: str) -> str:
    try:
        text = (root / relative).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{profile}: [lab] table_mapping {relative!r} cannot be read: {error.strerror}"
        ) from None
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{relative} is not JSON: {error.msg}, line {error.lineno} column {error.colno}"
        ) from None
    return text


@dataclass(frozen=True)
class _Section:
    """Typed look-ups in a parsed profile whose complaints name file, section and key."""

    file: str
    document: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        section = self.document.get(name)
        if not isinstance(section, dict):
            raise UsageError(f"{self.file}: section [{name}] is missing")
        return section

    def value(self, section: str, key: str, of: type) -> Any:
        values = self.section(section)
        if key not in values:
            raise UsageError(f"{self.file}: [{section}] {key} is missing")
        if type(values[key]) is not of:
            raise UsageError(
                f"{self.file}: [{section}] {key} must be a {of.__name__}, not {values[key]!r}"
            )
        return values[key]

    def check_choice(self, section: str, key: str, choices: tuple[str, ...]) -> None:
        value = self.section(section)[key]
        if value not in choices:
            raise UsageError(
                f"{self.file}: [{section}] {key} is {value!r}; it may be {' or '.join(choices)}"
            )

    def refuse_unknown(self, section: str, known: set[str]) -> None:
        for key in self.section(section):
            if key not in known:
                raise self._unknown(section, key, sorted(known))

    def _unknown(self, section: str, key: str, known: Sequence[str]) -> UsageError:
        meant = did_you_mean(key, known, f"known keys: {', '.join(known)}")
        return UsageError(f"{self.file}: [{section}] {key} is unknown{meant}")

    def ports(self) -> dict[str, int]:
        ports = self.section("lab").get("ports", {})
        if not isinstance(ports, dict):
            raise UsageError(f"{self.file}: [lab] ports must be a table of port numbers")
        for key, value in ports.items():
            if key not in PORT_NAMES:
                raise self._unknown("lab.ports", key, PORT_NAMES)
            if type(value) is not int or not 0 <= value <= 65535:
                raise UsageError(
                    f"{self.file}: [lab.ports] {key} must be a port number (0: a free one), not "
                    f"{value!r}"
                )
        return {key: value for key, value in ports.items() if value}
