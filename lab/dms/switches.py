"""What is not established about DMS, or is a choice of the stand-in: named switches with defaults.

A task's specification names the switches it wants otherwise; a run prints all of them in its first log lines.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class SwitchError(ValueError):
    """An unknown switch or a value it cannot take; the message names both and what would be accepted."""


def _choice(default: str, *others: str, says: str) -> Any:
    return field(default=default, metadata={"choices": (default, *others), "says": says})


def _number(default: float, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True)
class Switches:
    column_rule_policy: str = _choice(
        "lower_rule_id_wins", "chained", says="which column rules are applied when several match one column"
    )
    unsupported_transformations: str = _choice(
        "applied",
        "ignored",
        says="rules for columns DMS supports none for (LOBs, names with # \\ / - or from right to left)",
    )
    renamed_columns_on_resume: str = _choice(
        "lost", "applied", says="columns whose name rules change before a resume: not replicated, or as the rules say"
    )
    before_image_names: str = _choice(
        "source", "target", says="the name a before-image column's prefix and suffix are put to"
    )
    missing_target_column: str = _choice(
        "skip", "fail", says="a mapped column the target lacks: left out with a warning, or sent (ORA-00904)"
    )
    exception_statement: str = _choice(
        "literal", "placeholder", says="values in the statements of awsdms_apply_exceptions, or ? in their place"
    )
    unchanged_toast: str = _choice(
        "keep", "null", says="a TOASTed value an update did not touch: the target keeps its value, or gets NULL"
    )
    datetime_into_number: str = _choice(
        "text", "timestamp", says="how a date goes into a NUMBER column: as text (ORA-01722) or TIMESTAMP (ORA-00932)"
    )
    timestamp_infinity: str = _choice(
        "clamp", "text", says="infinity: 9999-12-31 23:59:59 and 4713-01-01 BC, or the word itself"
    )
    commit_when_idle: str = _choice(
        "no", "yes", says="commit as soon as nothing more is to be read instead of waiting for CommitTimeout"
    )
    array_apply: str = _choice(
        "inserts", "all", "none", says="which runs of alike changes are sent as one array: inserts, also updates, none"
    )
    masking_seed: float = _number(0, "makes the digits of data-masking-digits-randomize repeat themselves; 0: chance")
    recoverable_interval_seconds: float = _number(
        0, "first pause between retries of a recoverable error; 0: RecoverableErrorInterval of the task settings"
    )
    slot_wait_limit_seconds: float = _number(
        60, "how long the creation of the slot may wait for transactions that are open at that moment"
    )
    statement_limit_kb: float = _number(
        32, "a statement with more data than this is refused with ORA-01460, as in transactional apply; 0: no limit"
    )


def parse_switches(given: Mapping[str, Any]) -> Switches:
    """The switches of a specification; raises SwitchError for an unknown name or value."""
    fields = {item.name: item for item in dataclasses.fields(Switches)}
    for name, value in given.items():
        if name not in fields:
            raise SwitchError(f"switch '{name}' is unknown; there are: {', '.join(sorted(fields))}")
        choices = fields[name].metadata.get("choices")
        if choices and value not in choices:
            raise SwitchError(f"switch {name} is '{value}'; it must be one of: {', '.join(choices)}")
        if not choices and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise SwitchError(f"switch {name} is '{value}'; it must be a number of at least 0")
    return Switches(**given)


def describe_switches() -> tuple[tuple[str, str, str], ...]:
    """Name, default and meaning of every switch, for people."""
    return tuple((item.name, str(item.default), item.metadata["says"]) for item in dataclasses.fields(Switches))
