"""Reading environment profiles: ``environments/<name>.toml``, refused by name before anything
connects.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reconciliation.agreed.excused_groups import group_excuses
from reconciliation.agreed.interruptions import mistakes_in, usual
from reconciliation.agreed.limits_section import limits_of
from reconciliation.agreed.mistakes import nearest, told
from reconciliation.agreed.profile_model import (
    AgreedSection,
    ApiSection,
    AwsSection,
    DatabaseSide,
    GroupExcuse,
    Profile,
    ReplicationSection,
    TargetSide,
)
from reconciliation.agreed.sections import is_of
from reconciliation.agreed.sides import SideReader
from reconciliation.errors import ProfileError
from reconciliation.model import Document

__all__ = [
    "AgreedSection",
    "ApiSection",
    "AwsSection",
    "DatabaseSide",
    "GroupExcuse",
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
    rows_per_second: float | None = None
    interruptions: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _Contract:
    directory: str
    accepted: str | None = None


@dataclass(frozen=True)
class _Values:
    rows: int


_SECTIONS = (
    "environment",
    "limits",
    "source",
    "target",
    "aws",
    "api",
    "replication",
    "contract",
    "values",
    "agreed",
    "excused",
    "lab",
)


class _Reader(SideReader):
    """Reads one profile."""

    known = _SECTIONS

    def profile(self, name: str, root: Path) -> Profile | None:
        """None when there are mistakes."""
        self.unknown_sections()
        environment = self.environment(name)
        keys = None if environment is None else self.key_range(environment.reserved_keys)
        contract, values = self.typed("contract", _Contract), self.typed("values", _Values)
        source, target = self.side("source", DatabaseSide), self.target()
        aws, api = self.aws(), self.api()
        excused = group_excuses(self.document, root, self.mistakes)
        replication, agreed = self.replication(source), self.typed("agreed", AgreedSection)
        limits = limits_of(self)
        if values is not None and values.rows < 1:
            self.mistakes.append(f"[values] rows must be 1 or more, it is {values.rows}")
        if environment is not None:
            self.check_kind(environment, api)
        if environment is not None and agreed is not None:
            self.mistakes += mistakes_in(
                environment.interruptions or (), environment.kind, agreed.source_endpoint_attributes
            )
        if self.mistakes or environment is None or contract is None or values is None:
            return None
        if source is None or target is None or aws is None:
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
            excused=excused,
            rows_per_second=environment.rows_per_second,
            limits=limits,
            interruptions=usual(environment.kind)
            if environment.interruptions is None
            else tuple(environment.interruptions),
        )

    def environment(self, name: str) -> _Environment | None:
        section = self.typed("environment", _Environment)
        if section is None:
            return None
        self.choice("environment", "kind", section.kind, ("lab", "live"))
        pace = section.rows_per_second
        if pace is not None and not 0 < pace < math.inf:  # a number that is none is in no order
            self.mistakes.append(f"[environment] rows_per_second must be more than 0, it is {pace}")
        if section.name != name:
            self.mistakes.append(
                f"[environment] name is {section.name!r} but the file is called {name}.toml"
            )
        return section

    def aws(self) -> AwsSection | None:
        section = self.typed("aws", AwsSection)
        if section is not None:
            self.without_credentials(
                "[aws] endpoint_url", section.endpoint_url, "AWS's own files and variables"
            )
        return section

    def api(self) -> ApiSection | None:
        """None also without the section: no service belongs to such a replication."""
        section = self.typed("api", ApiSection) if "api" in self.document else None
        if section is not None:
            self.without_credentials("[api] base_url", section.base_url, "~/.netrc")
        if section is not None and "{id}" not in section.header_path:
            self.mistakes.append("[api] header_path must hold {id}, the place of the key")
        return section

    def replication(self, source: DatabaseSide | None) -> ReplicationSection | None:
        section = self.typed("replication", ReplicationSection)
        if section is not None:
            self.choice("replication", "column_rule_policy", section.column_rule_policy, POLICIES)
            self.duration("replication", "arrival_limit_seconds", section.arrival_limit_seconds)
            self.duration("replication", "agreed_lag_seconds", section.agreed_lag_seconds)
        if section is not None and section.heartbeat is not None and source is not None:
            self.heartbeat(section.heartbeat, source.schemas)
        return section

    def heartbeat(self, name: str, schemas: tuple[str, ...]) -> None:
        if not any(name.startswith(f"{schema}.") and name != f"{schema}." for schema in schemas):
            self.mistakes.append(
                '[replication] heartbeat must be "schema.table" with a schema of [source], '
                f"{' or '.join(schemas)}, it is {name!r}"
            )

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

    def key_range(self, value: list[Document]) -> tuple[int, int] | None:
        keys = [key for key in value if isinstance(key, int) and is_of(key, int)]
        if len(keys) == len(value) == 2 and keys[0] <= keys[1]:
            return keys[0], keys[1]
        self.mistakes.append(
            "[environment] reserved_keys must be two whole numbers, first and last; it is "
            f"{value!r}"
        )
        return None
