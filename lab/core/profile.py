"""What the lab reads of an environment profile (``environments/NAME.toml``).

The suite reads the same files on its own; the two readers share no code.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.core.errors import UsageError
from lab.core.world import Script, World
from lab.suggestions import did_you_mean

PORT_NAMES = ("postgres", "store", "oracle", "aws", "api")
DEFAULT_CHARSET = "AL32UTF8"
_CHARSETS = (DEFAULT_CHARSET, "KO16MSWIN949", "WE8MSWIN1252", "WE8ISO8859P1")
_CHOICES = {
    "legacy_trigger": ("enabled", "disabled"),
    "column_rule_policy": ("lower_rule_id_wins", "chained"),
    "missing_target_column": ("skip", "fail"),
    "target_charset": _CHARSETS,
}
_LAB_KEYS = {
    "table_mapping": str,
    "target_endpoint_attributes": str,
    "source_endpoint_attributes": str,
    "column_rule_policy": str,
    "missing_target_column": str,
}
#: with what holds where a profile does not say it
_OPTIONAL_KEYS = {
    "legacy_trigger": "disabled",
    "seed_differences": False,
    "scn_grants": True,
    "target_charset": DEFAULT_CHARSET,
}
#: the files of a world, and whether it must have them
_WORLD_FILES = {
    "source_ddl": True,
    "target_ddl": True,
    "source_seeds": False,
    "target_seeds": False,
    "target_differences": False,
}
#: as Oracle writes a name that needs no quotes
_SCHEMA_NAME = re.compile(r"[A-Z][A-Z0-9_$#]{0,29}")


@dataclass(frozen=True)
class LabProfile:
    """One lab as its profile describes it; ``ports`` holds only the configured ones."""

    name: str
    region: str
    task: str
    #: None where no task is wanted
    table_mapping: str | None
    world: World
    #: whether the legacy tables' triggers fire
    legacy_trigger_enabled: bool
    seed_differences: bool
    #: whether the application is started beside the databases
    has_api: bool
    #: whether the suite's user may ask the legacy database for SCNs and for past states
    scn_grants: bool = True
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


def load_profile(name: str, root: Path, *, with_task: bool = True) -> LabProfile:
    """Read ``environments/NAME.toml`` under ``root``.

    Raises UsageError, one line, for an unknown name, broken TOML, a missing, unknown or ill-typed
    key of the sections the lab uses, a profile that is not a lab's, or a mapping file that is
    absent or not JSON, unless it is not ``with_task``.
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
    reader.refuse_unknown(
        "lab", {*_LAB_KEYS, *_OPTIONAL_KEYS, *_WORLD_FILES, "oracle_schemas", "ports"}
    )
    settings = {key: reader.value("lab", key, of) for key, of in _LAB_KEYS.items()}
    settings |= {key: reader.optional("lab", key, usual) for key, usual in _OPTIONAL_KEYS.items()}
    for key, choices in _CHOICES.items():
        reader.check_choice("lab", key, choices)
    world = _read_world(root, reader)
    if settings["seed_differences"] and not world.target_differences:
        raise UsageError(
            f"{reader.file}: [lab] seed_differences = true needs target_differences, the file that "
            "makes them"
        )
    return LabProfile(
        name=name,
        region=reader.value("aws", "region", str),
        task=reader.value("aws", "task", str),
        table_mapping=_read_mapping(root, settings["table_mapping"], reader.file)
        if with_task
        else None,
        world=world,
        legacy_trigger_enabled=settings["legacy_trigger"] == "enabled",
        seed_differences=settings["seed_differences"],
        has_api="api" in document,
        scn_grants=settings["scn_grants"],
        target_charset=settings["target_charset"],
        ports=reader.ports(),
        document=document,
    )


def _read_world(root: Path, reader: _Section) -> World:
    schemas = reader.texts("lab", "oracle_schemas", required=True)
    for schema in schemas:
        if not _SCHEMA_NAME.fullmatch(schema):
            raise UsageError(
                f"{reader.file}: [lab] oracle_schemas has {schema!r}; a schema's name is in upper "
                "case, at most 30 letters, digits, _, $ and #"
            )
    files = {
        key: tuple(
            Script(file, _read_text(root, file, f"{reader.file}: [lab] {key}"))
            for file in reader.texts("lab", key, required=required)
        )
        for key, required in _WORLD_FILES.items()
    }
    return World(schemas, **files)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"environments/{path.name} is not valid TOML: {error}") from None


def _read_mapping(root: Path, relative: str, profile: str) -> str:
    text = _read_text(root, relative, f"{profile}: [lab] table_mapping")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{relative} is not JSON: {error.msg}, line {error.lineno} column {error.colno}"
        ) from None
    return text


def _read_text(root: Path, relative: str, key: str) -> str:
    try:
        return (root / relative).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{key} {relative!r} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{key} {relative!r} is not UTF-8") from None


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

    def optional(self, section: str, key: str, usual: Any) -> Any:
        """``usual`` where it is not said; it says the type as well."""
        return self.value(section, key, type(usual)) if key in self.section(section) else usual

    def texts(self, section: str, key: str, *, required: bool) -> tuple[str, ...]:
        """One text or a list of texts; none where it is not said and need not be."""
        values = self.section(section).get(key, [])
        texts = [values] if isinstance(values, str) else values
        if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
            raise UsageError(
                f"{self.file}: [{section}] {key} must be a text or a list of texts, not {values!r}"
            )
        if required and not texts:
            raise UsageError(f"{self.file}: [{section}] {key} is missing")
        return tuple(texts)

    def check_choice(self, section: str, key: str, choices: tuple[str, ...]) -> None:
        value = self.section(section).get(key, choices[0])
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
