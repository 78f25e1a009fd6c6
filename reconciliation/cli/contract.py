"""``python -m reconciliation contract``: drafts of table contracts, and of what has to be accepted.

Drafts are printed, or written where nothing stands yet (``cli.drafted_files``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciliation.agreed.contract import load_contract
from reconciliation.agreed.profile import Profile
from reconciliation.capacity import Asked, asked_for
from reconciliation.databases.sight import oracle
from reconciliation.drafting import Draft, asked_of_a_draft, draft
from reconciliation.drafting.written import called
from reconciliation.errors import ContractError, UsageError
from reconciliation.mapping import ResolvedMapping, parse_mapping, resolve
from reconciliation.model import Catalogue, TableContract
from reconciliation.replication import find_task
from reconciliation.session.connected import Connected, catalogues, connected
from reconciliation.session.versions import check_lab_is_known


@dataclass(frozen=True)
class Surroundings:
    """Both catalogues and what the mapping makes of the first.

    ``unseen`` says why target tables may be there that the second does not show, by name.
    """

    source: Catalogue
    target: Catalogue
    resolved: ResolvedMapping
    unseen: Mapping[str, str] = field(default_factory=dict)


def look_around(profile: Profile, task: str | None, mapping: Path | None = None) -> Surroundings:
    """Read both catalogues and the mapping, a file's or the task's; raises EnvironmentFault,
    MappingError or UsageError.
    """
    check_lab_is_known(profile)
    with ExitStack() as closing:
        both = connected(profile, profile.limits, closing)
        here, there = catalogues(profile, both)
        resolved = resolve(
            parse_mapping(_mapping(both, task or profile.aws.task, mapping)),
            here,
            profile.replication.column_rule_policy,
        )
        return Surroundings(
            here,
            there,
            resolved,
            oracle.hidden_tables(
                both.target,
                (table.target for table in resolved.tables if table.target not in there),
            ),
        )


def _mapping(both: Connected, task: str, file: Path | None) -> str:
    if file is None:
        return find_task(both.aws, task).table_mappings
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(f"--mapping {file} cannot be read: {why}") from None


def drafts(
    around: Surroundings, tables: Sequence[str] | None, live: bool = False
) -> tuple[dict[str, Draft], list[str]]:
    """Every contract by source table, and what is to be told beside them; ``live``: of a system in
    use. Raises UsageError.
    """
    mapped = {table.source: table for table in around.resolved.tables}
    unknown = [name for name in tables or () if name not in mapped]
    if unknown:
        raise UsageError(
            f"the task does not replicate {', '.join(unknown)}; it replicates "
            f"{', '.join(mapped) or 'no table'}"
        )
    notes = [f"{rule} names nothing that is replicated" for rule in around.resolved.idle_rules]
    made: dict[str, Draft] = {}
    for name in tables or mapped:
        table = mapped[name]
        if table.target not in around.target:
            why = around.unseen.get(
                table.target, f"the task sends it to {table.target}, which Oracle does not have"
            )
            notes.append(f"{name}: no draft: {why}")
            continue
        found = draft(table, around.source[name], around.target[table.target], live)
        made[name] = _called_alone(found, mapped)
    if not mapped:
        notes.append("the task replicates no table of the schemas the profile names")
    return made, notes


def counted(made: Mapping[str, Draft]) -> list[str]:
    """What every draft has, and what of it somebody has to decide, a line each."""
    lines = [
        f"{name}: {len(one.pairs)} pairs, {len(one.undecided)} to be decided"
        f"{'' if one.key else ', and no key: an [excuse] that somebody answers for'}"
        for name, one in made.items()
    ]
    if any(one.live for one in made.values()):
        lines.append(
            "the system is live: each draft says write = false until somebody decides; what only "
            "reads judges its tables all the same"
        )
    return lines


def _called_alone(found: Draft, mapped: Iterable[str]) -> Draft:
    """Without words for a row that another table's rows would be called by, too."""
    others = {_row_of(name) for name in mapped if name != found.source}
    return replace(found, called=None) if _row_of(found.source) in others else found


def _row_of(source: str) -> str:
    """What a row of a table is called, as far as sentences tell names apart."""
    plain = source.partition(".")[2]
    return (called(plain) or plain).lower().replace(" ", "").replace("_", "")


def to_accept(
    profile: Profile, around: Surroundings, made: Mapping[str, Draft]
) -> tuple[dict[str, tuple[Asked, ...]], list[str]]:
    """What nobody has accepted, by source table: of the contracts as they stand, and of the drafts
    of tables that have none yet; and what is to be told beside it.
    """
    agreed, notes = _agreed(profile)
    found: dict[str, tuple[Asked, ...]] = {}
    for name, one in made.items():
        here, there = around.source[name], around.target[one.target]
        if name in agreed:
            found[name] = asked_for(agreed[name], here, there)
            continue
        found[name] = asked_of_a_draft(one, here, there)
        if one.undecided:
            notes.append(
                f"{name}: decide its [[undecided]] columns first; what they ask for is not drafted"
            )
    return found, notes


def _agreed(profile: Profile) -> tuple[dict[str, TableContract], list[str]]:
    if not any(profile.contract_directory.glob("*.toml")):
        return {}, []
    signed = profile.accepted
    try:
        # the file that is to be drafted is often the one the profile names already
        contract = load_contract(
            profile.contract_directory, signed if signed and signed.exists() else None
        )
    except ContractError as error:
        first = str(error).splitlines()[0]
        return {}, [f"entries are drafted without the contracts there are: {first}"]
    return {table.source: table for table in contract.tables}, []
