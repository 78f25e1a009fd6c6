"""``python -m reconciliation mapping``: a draft of the task's table mapping from both catalogues.

It needs both databases and no task.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.cli.drafted_files import show, write_new
from reconciliation.drafting import DraftMapping, draft_mapping
from reconciliation.errors import EnvironmentFault, UsageError
from reconciliation.session.connected import catalogues, connected
from reconciliation.session.versions import check_lab_is_known


def drafted(profile: Profile, schema: str | None) -> DraftMapping:
    """Read both catalogues and draft, for one schema of PostgreSQL or all. Raises EnvironmentFault,
    also when no table exists on both sides, and UsageError.
    """
    if schema is not None and schema not in profile.source.schemas:
        raise UsageError(
            f"--schema {schema} is none of the schemas of [source]: "
            f"{', '.join(profile.source.schemas)}"
        )
    check_lab_is_known(profile)
    with ExitStack() as closing:
        both = connected(profile, profile.limits, closing)
        here, there = catalogues(profile, both)
    if schema is not None:
        here = {name: table for name, table in here.items() if table.schema == schema}
    made = draft_mapping(here, there, profile.replication.column_rule_policy)
    if not made.text:
        raise EnvironmentFault(
            f"no table of {', '.join(profile.source.schemas)} in PostgreSQL has one of its name in "
            f"{', '.join(profile.target.schemas)} of Oracle; nothing could be drafted"
        )
    return made


def deliver(made: DraftMapping, file: Path | None) -> None:
    """Raises Unwritten."""
    if file is None:
        show(made.text)
    else:
        write_new(file, made.text)
