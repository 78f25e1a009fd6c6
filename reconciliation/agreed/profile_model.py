"""What an environment profile says, as frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciliation.agreed.interruptions import STOP
from reconciliation.agreed.sections import NOT_GIVEN
from reconciliation.documents import members, text
from reconciliation.errors import ProfileError
from reconciliation.model import Document
from reconciliation.process.limits import Limits


@dataclass(frozen=True)
class DatabaseSide:
    """Where a database is. Either ``secret`` names a secret of AWS Secrets Manager, or the other
    fields say it all.

    ``user_env`` and ``password_env`` are the NAMES of environment variables; a profile never holds
    a password. ``schema`` is the first of the schemas whose tables are read.
    """

    schema: str
    secret: str | None = None
    host: str | None = None
    port: int | None = None
    database: str | None = None
    user_env: str | None = None
    password_env: str | None = None
    more_schemas: tuple[str, ...] = field(default=(), metadata=NOT_GIVEN)

    @property
    def schemas(self) -> tuple[str, ...]:
        """All of them, in the order of the profile."""
        return (self.schema, *self.more_schemas)


@dataclass(frozen=True)
class TargetSide(DatabaseSide):
    """``driver_mode``: ``thin`` (Oracle 12.1 or newer) or ``thick`` (11.2); ``connect_as``:
    ``service`` or ``sid``.
    """

    driver_mode: str = "thin"
    connect_as: str = "service"


@dataclass(frozen=True)
class AwsSection:
    region: str
    task: str
    endpoint_url: str | None = None
    cli_profile: str | None = None


@dataclass(frozen=True)
class ApiSection:
    """Paths hold ``{id}`` where the key goes; ``base_url`` is None until the lab or the profile
    names it.
    """

    header_path: str
    list_path: str
    base_url: str | None = None


@dataclass(frozen=True)
class ReplicationSection:
    """Limits are seconds. ``control_schema`` is where DMS keeps its control tables; ``heartbeat``
    the source name of the table that markers are written to, None for one in every table.
    """

    column_rule_policy: str
    arrival_limit_seconds: float
    agreed_lag_seconds: float
    control_schema: str
    heartbeat: str | None = None


@dataclass(frozen=True)
class AgreedSection:
    """What the migration team agreed on; the set-up is held against it. Sizes in KB and MB as the
    names say.

    ``*_attributes`` are extra connection attributes (``name=value;...``) that must be in force;
    ``*_server`` name the host the endpoint must point to where it differs from the host this suite
    connects to (a tunnel, another network).
    """

    rds_instance: str
    replication_instance: str
    source_endpoint: str
    target_endpoint: str
    migration_type: str
    target_table_preparation: str
    lob_mode: str
    lob_max_size_kb: int
    data_validation: bool
    cloudwatch_logs: bool
    slot_plugin: str
    slot_retained_limit_mb: int
    endpoint_user: str | None = None
    ssl_mode: str | None = None
    source_endpoint_attributes: str | None = None
    target_endpoint_attributes: str | None = None
    source_server: str | None = None
    target_server: str | None = None


@dataclass(frozen=True)
class GroupExcuse:
    """Why a group of guarantees is not judged in an environment, who answers for that, and the last
    day it holds. ``group`` is the folder's name, or the number it begins with.
    """

    group: str
    reason: str
    owner: str
    expires: dt.date

    def covers(self, folder: str) -> bool:
        """Whether the group in this folder is meant."""
        return folder == self.group or folder.startswith(f"{self.group}-")


@dataclass(frozen=True)
class Profile:
    """One environment. ``kind`` is ``lab`` or ``live``; ``reserved_keys`` is an inclusive range of
    key values. ``api`` is None where no service belongs to the replication. ``rows_per_second`` is
    how many rows a run may change in PostgreSQL, on the average; None: there is no limit.
    ``limits`` are those of every statement on this system.
    ``interruptions`` are what may be done to the task where ``control_task`` allows anything.
    """

    name: str
    title: str
    kind: str
    mutations: bool
    reserved_keys: tuple[int, int]
    sweep_target_orphans: bool
    control_task: bool
    source: DatabaseSide
    target: TargetSide
    aws: AwsSection
    api: ApiSection | None
    replication: ReplicationSection
    contract_directory: Path
    accepted: Path | None
    values_rows: int
    agreed: AgreedSection
    root: Path
    excused: tuple[GroupExcuse, ...] = ()
    rows_per_second: float | None = None
    limits: Limits = field(default_factory=Limits)
    interruptions: tuple[str, ...] = (STOP,)

    def interrupts(self, how: str) -> bool:
        """Whether a run may do this to the replication."""
        return self.mutations and self.control_task and how in self.interruptions

    def with_lab(self, lab_json: Mapping[str, Document]) -> Profile:
        """The profile with the addresses of a running lab (the object that ``python -m lab up
        --json`` prints).
        """
        try:
            aws = members(lab_json["aws"], "aws")
            endpoint = text(aws["endpoint_url"], "aws.endpoint_url")
            region = text(aws["region"], "aws.region")
            api = self.api and replace(self.api, base_url=_base_url(lab_json))
        except KeyError as error:
            raise self._unsaid(f"does not say {error}") from None
        except ValueError as error:
            raise self._unsaid(f"says that {error}") from None
        return replace(
            self,
            aws=replace(self.aws, endpoint_url=endpoint, region=region),
            api=api,
        )

    def _unsaid(self, words: str) -> ProfileError:
        return ProfileError(f"environment {self.name!r}: the running lab {words}")


def _base_url(lab_json: Mapping[str, Document]) -> str:
    return text(members(lab_json["api"], "api")["base_url"], "api.base_url")
