"""Reading environment profiles: ``environments/<name>.toml``, refused by name before anything
connects.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TypeVar

from reconciliation.agreed.mistakes import missing, nearest, told, unknown_key
from reconciliation.agreed.profile_model import (
    AgreedSection,
    ApiSection,
    AwsSection,
    DatabaseSide,
    Profile,
    ReplicationSection,
    TargetSide,
)
from reconciliation.errors import ProfileError
from reconciliation.model import Document
from reconciliation.process.limits import LONGEST_SECONDS

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
    """Read ``<root>/environments/<name>.toml``; ProfileError names the file, and section and key of
    every mistake.
    """
    known = environments(root)
    if name not in known:
        meant = nearest(name, known)
        raise ProfileError(
            f"unknown environment {name!r}; {f'did you mean {meant!r}? ' if meant else ''}"
            f"known environments: {', '.join(known) or 'none'}"
        )
    file = f"environments/{name}.toml"
    try:
        reader = _Reader(tomllib.loads((root / file).read_text(encoding="utf-8")))
    except OSError as error:
        raise ProfileError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{file} is not TOML: {error}") from None
    profile = reader.profile(name, root)
    if profile is None:
        raise ProfileError(told(file, reader.mistakes))
    return profile


@dataclass(frozen=True)
class _Environment:
    name: str
    title: str
    kind: str
    mutations: bool
    reserved_keys: list[Document]
    sweep_target_orphans: bool
    control_task: bool


@dataclass(frozen=True)
class _Contract:
    directory: str
    accepted: str | None = None


@dataclass(frozen=True)
class _Values:
    rows: int


_SECTIONS = (
    "environment",
    "source",
    "target",
    "aws",
    "api",
    "replication",
    "contract",
    "values",
    "agreed",
    "lab",
)
_TYPE_WORDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list of two whole numbers",
}


_SIDE = ("host", "port", "database", "user_env", "password_env")

Side = TypeVar("Side", DatabaseSide, TargetSide)
Section = TypeVar(
    "Section",
    _Environment,
    _Contract,
    _Values,
    DatabaseSide,
    TargetSide,
    AwsSection,
    ApiSection,
    ReplicationSection,
    AgreedSection,
)


class _Reader:
    """Reads one document and notes every mistake in it; what depends on a part with a mistake is
    not looked at.
    """

    def __init__(self, document: Mapping[str, Document]) -> None:
        self.document = document
        self.mistakes: list[str] = []

    def profile(self, name: str, root: Path) -> Profile | None:
        """None when there are mistakes."""
        self.unknown_sections()
        environment = self.environment(name)
        keys = None if environment is None else self.key_range(environment.reserved_keys)
        contract, values = self.typed("contract", _Contract), self.typed("values", _Values)
        source, target = self.side("source", DatabaseSide), self.target()
        aws, api = self.aws(), self.api()
        replication, agreed = self.replication(), self.typed("agreed", AgreedSection)
        if values is not None and values.rows < 1:
            self.mistakes.append(f"[values] rows must be 1 or more, it is {values.rows}")
        if environment is not None:
            self.check_kind(environment, api)
        if self.mistakes or environment is None or contract is None or values is None:
            return None
        if source is None or target is None or aws is None or api is None:
            return None
        if replication is None or agreed is None or keys is None:
            return None
        return Profile(
            name=environment.name,
            title=environment.title,
            kind=environment.kind,
            mutations=environment.mutations,
            reserved_keys=keys,
            sweep_target_orphans=environment.sweep_target_orphans,
            control_task=environment.control_task,
            contract_directory=root / contract.directory,
            accepted=None if contract.accepted is None else root / contract.accepted,
            values_rows=values.rows,
            root=root,
            source=source,
            target=target,
            aws=aws,
            api=api,
            replication=replication,
            agreed=agreed,
        )

    def unknown_sections(self) -> None:
        for name in sorted(set(self.document) - set(_SECTIONS)):
            meant = nearest(name, _SECTIONS)
            way_out = (
                f"did you mean [{meant}]?" if meant else f"sections are: {', '.join(_SECTIONS)}"
            )
            self.mistakes.append(f"unknown section [{name}]; {way_out}")

    def environment(self, name: str) -> _Environment | None:
        section = self.typed("environment", _Environment)
        if section is None:
            return None
        self.choice("environment", "kind", section.kind, ("lab", "live"))
        if section.name != name:
            self.mistakes.append(
                f"[environment] name is {section.name!r} but the file is called {name}.toml"
            )
        return section

    def target(self) -> TargetSide | None:
        side = self.side("target", TargetSide)
        if side is not None:
            self.choice("target", "driver_mode", side.driver_mode, ("thin", "thick"))
            self.choice("target", "connect_as", side.connect_as, ("service", "sid"))
        return side

    def aws(self) -> AwsSection | None:
        section = self.typed("aws", AwsSection)
        if section is not None:
            self.without_credentials(
                "[aws] endpoint_url", section.endpoint_url, "AWS's own files and variables"
            )
        return section

    def api(self) -> ApiSection | None:
        section = self.typed("api", ApiSection)
        if section is not None:
            self.without_credentials("[api] base_url", section.base_url, "~/.netrc")
        if section is not None and "{id}" not in section.header_path:
            self.mistakes.append("[api] header_path must hold {id}, the place of the key")
        return section

    def replication(self) -> ReplicationSection | None:
        section = self.typed("replication", ReplicationSection)
        if section is not None:
            self.choice("replication", "column_rule_policy", section.column_rule_policy, POLICIES)
            self.duration("replication", "arrival_limit_seconds", section.arrival_limit_seconds)
            self.duration("replication", "agreed_lag_seconds", section.agreed_lag_seconds)
        return section

    def check_kind(self, environment: _Environment, api: ApiSection | None) -> None:
        if environment.kind == "lab" and self.is_missing("lab"):
            self.mistakes.append('section [lab] is missing; kind = "lab" needs it')
        if environment.kind != "live":
            return
        if "lab" in self.document:
            self.mistakes.append('section [lab] belongs to kind = "lab", this profile is live')
        if environment.sweep_target_orphans:
            self.mistakes.append(
                '[environment] sweep_target_orphans = true is for kind = "lab" only'
            )
        if environment.mutations and api is not None and api.base_url is None:
            self.mistakes.append(
                "[api] base_url is missing; a live profile with mutations = true needs it"
            )

    def is_missing(self, section: str) -> bool:
        return bool(missing((section,), self.document, _SECTIONS))

    def section(
        self, name: str, types: Mapping[str, type], required: tuple[str, ...]
    ) -> Mapping[str, Document] | None:
        """The values of a section; None when something is wrong with it."""
        before = len(self.mistakes)
        if name not in self.document:
            if self.is_missing(name):
                self.mistakes.append(
                    f"section [{name}] is missing; it needs: {', '.join(required)}"
                )
            return None
        values = self.document[name]
        if not isinstance(values, dict):
            self.mistakes.append(f"[{name}] must be a section, it is a single value")
            return None
        for key in missing(required, values, tuple(types)):
            self.mistakes.append(f"[{name}] {key} is missing ({_TYPE_WORDS[types[key]]})")
        for key, value in values.items():
            if key not in types:
                self.mistakes.append(f"[{name}] {unknown_key(key, tuple(types))}")
            elif not _is(value, types[key]):
                self.mistakes.append(
                    f"[{name}] {key} must be {_TYPE_WORDS[types[key]]}, it is {value!r}"
                )
        return values if len(self.mistakes) == before else None

    def typed(self, name: str, cls: type[Section]) -> Section | None:
        """The section as a value of its class, None when something is wrong with it."""
        types = {item.name: _plain_type(str(item.type)) for item in fields(cls)}
        required = tuple(item.name for item in fields(cls) if item.default is MISSING)
        values = self.section(name, types, required=required)
        # every value is of its field's type, which section has seen to
        made: Callable[..., Section] = cls
        return None if values is None else made(**values)

    def side(self, name: str, cls: type[Side]) -> Side | None:
        side = self.typed(name, cls)
        if side is None:
            return None
        written = [key for key in _SIDE if getattr(side, key)]
        if side.secret and written:
            self.mistakes.append(
                f"[{name}] names a secret and {written[0]} as well; give one of both"
            )
        absent = [key for key in _SIDE if key not in written]
        if not side.secret and absent:
            what = ", ".join(absent) if written else "secret"
            self.mistakes.append(
                f"[{name}] {what} is missing; give secret, or all of {', '.join(_SIDE)}"
            )
        return side

    def choice(self, section: str, key: str, value: str, allowed: tuple[str, ...]) -> None:
        if value not in allowed:
            self.mistakes.append(
                f"[{section}] {key} is {value!r}; it must be one of: {', '.join(allowed)}"
            )

    def duration(self, section: str, key: str, value: float) -> None:
        if not 0 < value <= LONGEST_SECONDS:  # a number that is none is in no order
            self.mistakes.append(
                f"[{section}] {key} must be more than 0 and at most {LONGEST_SECONDS} seconds, "
                f"it is {value}"
            )

    def without_credentials(self, key: str, url: str | None, instead: str) -> None:
        """What is in a URL gets into messages and reports; so it is not repeated here either."""
        if url is not None and "@" in url.partition("//")[2].partition("/")[0]:
            self.mistakes.append(f"{key} holds credentials; put them into {instead}")

    def key_range(self, value: list[Document]) -> tuple[int, int] | None:
        keys = [key for key in value if isinstance(key, int) and _is(key, int)]
        if len(keys) == len(value) == 2 and keys[0] <= keys[1]:
            return keys[0], keys[1]
        self.mistakes.append(
            "[environment] reserved_keys must be two whole numbers, first and last; it is "
            f"{value!r}"
        )
        return None


def _plain_type(annotation: str) -> type:
    word = annotation.partition(" ")[0].partition("[")[0]
    return {"str": str, "bool": bool, "int": int, "float": float, "list": list}[word]


def _is(value: object, wanted: type) -> bool:
    if wanted in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)
