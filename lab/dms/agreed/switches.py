"""What is not established about DMS, or is a choice of the stand-in: named switches with defaults.

A task's specification names the switches it wants otherwise; a run prints all of them in its first
log lines.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class SwitchError(ValueError):
    """An unknown switch or a value it cannot take; the message names both and what would be
    accepted.
    """


def _choice(default: str, *others: str, says: str) -> Any:
    return field(default=default, metadata={"choices": (default, *others), "says": says})


def _number(default: float, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True)
class Switches:
    column_rule_policy: str = _choice(
        "lower_rule_id_wins",
        "chained",
        says="which column rules are applied when several match one column",
    )
    unsupported_transformations: str = _choice(
        "applied",
        "ignored",
        says="rules for columns DMS supports none for (LOBs, names with # \\ / - or from right "
        "to left)",
    )
    renamed_columns_on_resume: str = _choice(
        "lost",
        "applied",
        says="columns whose name rules change before a resume: not replicated, or as the rules say",
    )
    before_image_names: str = _choice(
        "source", "target", says="the name a before-image column's prefix and suffix are put to"
    )
    missing_target_column: str = _choice(
        "skip",
        "fail",
        says="a mapped column the target lacks: left out with a warning, or sent (ORA-00904)",
    )
    exception_statement: str = _choice(
        "literal",
        "placeholder",
        says="values in the statements of awsdms_apply_exceptions, or ? in their place",
    )
    unchanged_toast: str = _choice(
        "keep",
        "null",
        "lookup",
        says="a TOASTed value an update did not touch: the target keeps its own, gets NULL, or "
        "the source's of now",
    )
    cdc_lob_fetch: str = _choice(
        "stream_truncate",
        "lookup",
        says="LOBs in limited mode: from the stream and cut, or whole from the source's current "
        "row",
    )
    lob_write: str = _choice(
        "two_steps",
        "one_step",
        says="an insert with LOBs: the row without them and an update behind it, or at once",
    )
    undocumented_policy: str = _choice(
        "default",
        "as_named",
        says="an error policy that its setting does not list: the setting's default, or what the "
        "name says",
    )
    constraint_violation: str = _choice(
        "data",
        "apply",
        says="which policy decides about violated NOT NULL, CHECK and FOREIGN KEY constraints",
    )
    not_a_number: str = _choice(
        "text",
        "null",
        says="NaN and infinity of numbers: sent as text, which NUMBER refuses (ORA-01722), or NULL",
    )
    time_of_day: str = _choice(
        "1970-01-01",
        "1900-01-01",
        says="the date a time of day gets in a column that has one (DATE, TIMESTAMP)",
    )
    longer_than_type: str = _choice(
        "cut",
        "pass",
        says="a text longer than the DMS type it travels as, like STRING(255): cut, or passed on",
    )
    batch_apply_through: str = _choice(
        "staging_table",
        "arrays",
        says="how batch apply sends net changes: by awsdms_changes<digits>, or as arrays",
    )
    batch_table_order: str = _choice(
        "name",
        "first_change",
        says="in which order batch apply takes the tables: by name, or as they first changed",
    )
    batch_extra_columns: str = _choice(
        "keep",
        "null",
        says="columns only the target has, in rows batch apply updates: untouched, or NULL",
    )
    unreplicated_ddl: str = _choice(
        "suspend",
        "ignore",
        says="a captured DDL statement that is not replicated: the table is suspended, or nothing",
    )
    target_charset: str = _choice(
        "AL32UTF8",
        "WE8MSWIN1252",
        "WE8ISO8859P1",
        "KO16MSWIN949",
        says="the target database's character set: what it lacks becomes a replacement character "
        "outside N columns",
    )
    source_plugin: str = _choice(
        "endpoint",
        "pgoutput",
        says="the output plugin of a new slot: as the source endpoint says, or pgoutput, which "
        "DMS does not use",
    )
    idle_slot: str = _choice(
        "stands",
        "follows",
        says="the slot of an idle database: stands where its last transaction ended, or follows "
        "the server's log",
    )
    partitioned_parent: str = _choice(
        "duplicates",
        "partition",
        says="a change of a partition that is selected beside its parent: delivered for both, or "
        "for itself only",
    )
    datetime_into_number: str = _choice(
        "text",
        "timestamp",
        says="how a date goes into a NUMBER column: as text (ORA-01722) or TIMESTAMP (ORA-00932)",
    )
    timestamp_infinity: str = _choice(
        "clamp", "text", says="infinity: 9999-12-31 23:59:59 and 4713-01-01 BC, or the word itself"
    )
    commit_when_idle: str = _choice(
        "no",
        "yes",
        says="commit as soon as nothing more is to be read instead of waiting for CommitTimeout",
    )
    array_apply: str = _choice(
        "regrouped",
        "all",
        "inserts",
        "none",
        says="which changes are sent as arrays: runs of alike ones (all, only inserts, none), or "
        "such that are put "
        "together out of different rows' changes where no trigger, foreign key or second unique "
        "key could notice",
    )
    masking_seed: float = _number(
        0, "makes the digits of data-masking-digits-randomize repeat themselves; 0: chance"
    )
    recoverable_interval_seconds: float = _number(
        0,
        "first pause between retries of a recoverable error; 0: RecoverableErrorInterval of the "
        "task settings",
    )
    slot_wait_limit_seconds: float = _number(
        60,
        "how long the creation of the slot may wait for transactions that are open at that moment",
    )
    statement_limit_kb: float = _number(
        32,
        "a statement with more data than this is refused with ORA-01460, as in transactional "
        "apply; 0: no limit",
    )
    metrics_interval_seconds: float = _number(
        60, "how often the task's metrics are put into CloudWatch, in DMS every minute; 0: never"
    )


def parse_switches(given: Mapping[str, Any]) -> Switches:
    """The switches of a specification; raises SwitchError for an unknown name or value."""
    fields = {item.name: item for item in dataclasses.fields(Switches)}
    for name, value in given.items():
        if name not in fields:
            raise SwitchError(f"switch '{name}' is unknown; there are: {', '.join(sorted(fields))}")
        choices = fields[name].metadata.get("choices")
        if choices and value not in choices:
            raise SwitchError(
                f"switch {name} is '{value}'; it must be one of: {', '.join(choices)}"
            )
        if not choices and (
            isinstance(value, bool) or not isinstance(value, int | float) or value < 0
        ):
            raise SwitchError(f"switch {name} is '{value}'; it must be a number of at least 0")
    return Switches(**given)


def describe_switches() -> tuple[tuple[str, str, str], ...]:
    """Name, default and meaning of every switch, for people."""
    return tuple(
        (item.name, str(item.default), item.metadata["says"])
        for item in dataclasses.fields(Switches)
    )
