"""``grants``: what the suite's accounts need for a profile, as statements to hand to the
administrators. Connects to nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.databases import grants
from reconciliation.model import Contract

PARTIES = ("oracle", "postgresql", "aws")
#: the account of both databases unless another one is named
USER = "verifier"
#: which table that is nobody knows without asking the database
UNMAPPED = (
    (
        "-- besides: SELECT, INSERT, DELETE on one table of the source schema "
        "that the task does not map, if there is one:"
    ),
    (
        "-- its primary key is one number, text or uuid, and it has no CHECK and no foreign key; "
        "rows are added there and removed, and must stay out of Oracle"
    ),
)
#: what is lost without them, docs/grants.md says
LOOKS = (
    "-- better with: the SCN finds what else changed in Oracle, one of the first two will do;",
    "-- FLASHBACK tells what a row was before, without it large tables are told less exactly",
)
NAMESAKE = (
    "-- besides: SELECT on the table that is called like the one of the source schema that the "
    "task does not map, if there is one: rows written to that must not be here"
)


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--user",
        default=USER,
        metavar="NAME",
        help=f"the suite's account in both databases ({USER})",
    )
    command.add_argument(
        "--for",
        dest="party",
        choices=PARTIES,
        help="only what this one's administrator is asked for",
    )


def statements(options: argparse.Namespace, root: Path) -> Iterator[str]:
    """The lines to print. Raises UsageError or ContractError."""
    profile = load_profile(options.environment, root)
    contract = load_contract(profile.contract_directory, None)
    for party in PARTIES:
        if options.party in (None, party):
            yield from _of(party, profile, contract, options.user)


def _of(party: str, profile: Profile, contract: Contract, user: str) -> Iterator[str]:
    if party == "aws":
        yield grants.aws_policy(profile)
        return
    yield f"-- {'Oracle' if party == 'oracle' else 'PostgreSQL'}, for environment {profile.name}"
    if party == "oracle":
        yield f"-- {grants.APPLY_EXCEPTIONS}: once the task has started for the first time"
        if profile.mutations:
            yield NAMESAKE
        yield from _statements(grants.oracle_statements(profile, contract, user.upper()))
        if profile.mutations:
            yield from LOOKS
            yield from _statements(grants.oracle_looks(contract, user.upper()))
    else:
        if profile.mutations:
            yield from UNMAPPED
        yield from _statements(grants.postgresql_statements(profile, contract, user))


def _statements(found: Iterable[str]) -> Iterator[str]:
    return (f"{statement};" for statement in found)
