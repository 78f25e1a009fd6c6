"""Reading environment profiles: ``environments/<name>.toml``, refused by name before anything connects."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from reconciliation.errors import ProfileError
from reconciliation.profile_model import (
    AgreedSection,
    ApiSection,
    AwsSection,
    DatabaseSide,
    Profile,
    ReplicationSection,
    TargetSide,
)

__all__ = [
    "AgreedSection",
    "ApiSection",
    "AwsSection",
    "DatabaseSide",
    "Profile",
    "ProfileError",
    "ReplicationSection",
    "TargetSide",
    "environments",
    "load_profile",
]

POLICIES = ("lower_rule_id_wins", "chained")


def environments(root: Path) -> tuple[str, ...]:
    """The names of the environments there are, sorted."""
    return tuple(sorted(path.stem for path in (root / "environments").glob("*.toml")))


def load_profile(name: str, root: Path) -> Profile:
    """Read ``<root>/environments/<name>.toml``; raises ProfileError with one line naming file, section and key."""
    known = environments(root)
    if name not in known:
        raise ProfileError(f"unknown environment {name!r}; known environments: {', '.join(known) or 'none'}")
    path = root / "environments" / f"{name}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"environments/{name}.toml is not TOML: {error}") from None
    return _Reader(f"environments/{name}.toml", document).profile(name, root)


_ENVIRONMENT = {
    "name": str, "title": str, "kind": str, "mutations": bool, "reserved_keys": list,
    "sweep_target_orphans": bool, "control_task": bool,
}  # fmt: skip
_SECTIONS = ("environment", "source", "target", "aws", "api", "replication", "contract", "values", "agreed", "lab")
_TYPE_WORDS = {
    str: "a text", bool: "true or false", int: "a whole number", float: "a number",
    list: "a list of two whole numbers",
}  # fmt: skip


class _Reader:
    """Reads one document; every refusal begins with the file's name."""

    def __init__(self, file: str, document: Mapping[str, Any]) -> None:
        self.file, self.document = file, document

    def refuse(self, text: str) -> ProfileError:
        return ProfileError(f"{self.file}: {text}")

    def profile(self, name: str, root: Path) -> Profile:
        unknown = sorted(set(self.document) - set(_SECTIONS))
        if unknown:
            raise self.refuse(f"unknown section [{unknown[0]}]; sections are: {', '.join(_SECTIONS)}")
        environment = self.section("environment", _ENVIRONMENT, required=tuple(_ENVIRONMENT))
        kind = self.choice("environment", "kind", environment["kind"], ("lab", "live"))
        if environment["name"] != name:
            raise self.refuse(f"[environment] name is {environment['name']!r} but the file is called {name}.toml")
        contract = self.section("contract", {"directory": str, "accepted": str}, required=("directory",))
        profile = Profile(
            **{key: environment[key] for key in ("name", "title", "kind", "mutations", "control_task")},
            reserved_keys=self.key_range(environment["reserved_keys"]),
            sweep_target_orphans=environment["sweep_target_orphans"],
            source=self.side("source", DatabaseSide),
            target=self.side("target", TargetSide),
            aws=self.typed("aws", AwsSection),
            api=self.typed("api", ApiSection),
            replication=self.typed("replication", ReplicationSection),
            contract_directory=root / contract["directory"],
            accepted=root / contract["accepted"] if "accepted" in contract else None,
            values_rows=self.positive("values", "rows"),
            agreed=self.typed("agreed", AgreedSection),
            root=root,
            lab=self.document.get("lab", {}),
        )
        self.choice("replication", "column_rule_policy", profile.replication.column_rule_policy, POLICIES)
        self.choice("target", "driver_mode", profile.target.driver_mode, ("thin", "thick"))
        self.choice("target", "connect_as", profile.target.connect_as, ("service", "sid"))
        self.check_kind(profile, kind)
        return profile

    def check_kind(self, profile: Profile, kind: str) -> None:
        if "{id}" not in profile.api.header_path:
            raise self.refuse("[api] header_path must hold {id}, the place of the key")
        if kind == "lab":
            if "lab" not in self.document:
                raise self.refuse('section [lab] is missing; kind = "lab" needs it')
            return
        if "lab" in self.document:
            raise self.refuse('section [lab] belongs to kind = "lab", this profile is live')
        if profile.sweep_target_orphans:
            raise self.refuse('[environment] sweep_target_orphans = true is for kind = "lab" only')
        if profile.mutations and profile.api.base_url is None:
            raise self.refuse("[api] base_url is missing; a live profile with mutations = true needs it")

    def section(self, name: str, types: Mapping[str, type], required: tuple[str, ...]) -> Mapping[str, Any]:
        if name not in self.document:
            raise self.refuse(f"section [{name}] is missing; it needs: {', '.join(required)}")
        values = self.document[name]
        if not isinstance(values, dict):
            raise self.refuse(f"[{name}] must be a section, it is a single value")
        for key in required:
            if key not in values:
                raise self.refuse(f"[{name}] {key} is missing ({_TYPE_WORDS[types[key]]})")
        for key, value in values.items():
            if key not in types:
                raise self.refuse(f"[{name}] has the unknown key {key!r}; known keys: {', '.join(types)}")
            if not _is(value, types[key]):
                raise self.refuse(f"[{name}] {key} must be {_TYPE_WORDS[types[key]]}, it is {value!r}")
        return values

    def typed(self, name: str, cls: type) -> Any:
        types = {item.name: _plain_type(item.type) for item in fields(cls)}
        required = tuple(item.name for item in fields(cls) if item.default is MISSING)
        return cls(**self.section(name, types, required=required))

    def side(self, name: str, cls: type) -> Any:
        side = self.typed(name, cls)
        written = [key for key in ("host", "port", "database", "user_env", "password_env") if getattr(side, key)]
        if side.secret and written:
            raise self.refuse(f"[{name}] names a secret and {written[0]} as well; give one of both")
        if not side.secret:
            missing = [key for key in ("host", "port", "database", "user_env", "password_env") if key not in written]
            if missing:
                raise self.refuse(f"[{name}] {missing[0] if written else 'secret'} is missing; give secret, or all of "
                                  "host, port, database, user_env, password_env")  # fmt: skip
        return side

    def choice(self, section: str, key: str, value: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise self.refuse(f"[{section}] {key} is {value!r}; it must be one of: {', '.join(allowed)}")
        return value

    def key_range(self, value: list[Any]) -> tuple[int, int]:
        if len(value) != 2 or not all(_is(item, int) for item in value) or value[0] > value[1]:
            raise self.refuse(f"[environment] reserved_keys must be two whole numbers, first and last; it is {value!r}")
        return value[0], value[1]

    def positive(self, section: str, key: str) -> int:
        value = self.section(section, {key: int}, required=(key,))[key]
        if value < 1:
            raise self.refuse(f"[{section}] {key} must be 1 or more, it is {value}")
        return value


def _plain_type(annotation: str) -> type:
    return {"str": str, "bool": bool, "int": int, "float": float}[annotation.split(" ")[0]]


def _is(value: Any, wanted: type) -> bool:
    if wanted in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)
