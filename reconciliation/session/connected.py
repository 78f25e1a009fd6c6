"""Building blocks of whatever opens databases: engines that are closed in the end, and the first
answer of both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine

from reconciliation.agreed.profile import Profile
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import (
    AwsClients,
    Credentials,
    resolve_credentials,
    source_engine,
    target_engine,
)
from reconciliation.model import Catalogue
from reconciliation.process.limits import Limits
from reconciliation.process.patience import Party, Steadily, answering
from reconciliation.session.versions import source_version, target_version

T = TypeVar("T")


def at_once(what: str, work: Callable[[], T]) -> T:
    """Nothing is done about an outage, so nobody hears ``what`` it met."""
    return work()


@dataclass(frozen=True)
class Connected:
    """Both databases, read only, and what they answered; ``versions`` are words by product."""

    aws: AwsClients
    source_credentials: Credentials
    target_credentials: Credentials
    source: Engine
    target: Engine
    versions: Mapping[str, str]

    @property
    def parties(self) -> tuple[Party, ...]:
        """Both databases; whoever needs AWS asks it, too."""
        return answering(self.source), answering(self.target)


def connected(profile: Profile, limits: Limits, closing: ExitStack) -> Connected:
    """Both databases of a profile; ``closing`` closes them. Raises EnvironmentFault."""
    aws = AwsClients(profile)
    closing.callback(aws.close)
    here, there = resolve_credentials(profile.source, aws), resolve_credentials(profile.target, aws)
    source = reading_postgresql(here, limits, closing)
    words = source_version(source)
    target = target_engine(there, profile.target.driver_mode, True, limits.answer)
    closing.callback(target.dispose)
    versions = {"PostgreSQL": words, "Oracle": target_version(target)}
    return Connected(aws, here, there, source, target, versions)


def reading_postgresql(credentials: Credentials, limits: Limits, closing: ExitStack) -> Engine:
    """An engine for reading that ``closing`` closes; it has not connected yet."""
    engine = source_engine(credentials, True, limits.answer, limits.lock, limits.statement)
    closing.callback(engine.dispose)
    return engine


def catalogues(
    profile: Profile, both: Connected, steadily: Steadily = at_once
) -> tuple[Catalogue, Catalogue]:
    """The tables of PostgreSQL's and of Oracle's schemas, as the profile names them."""
    here = steadily(
        "the catalogue of PostgreSQL",
        lambda: read_source_catalogue(both.source, profile.source.schemas),
    )
    there = steadily(
        "the catalogue of Oracle",
        lambda: read_target_catalogue(both.target, profile.target.schemas),
    )
    return here, there
