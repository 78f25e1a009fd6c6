"""Statistics, metrics, control tables and logs that do not say what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lab.dms.directory.state import Deltas
from lab.dms.faults.catalogue import (
    CHANGE,
    EXCEPTION,
    LOG,
    PER_CHANGE,
    STATISTICS,
    TASK,
    Given,
    fault,
)
from lab.dms.faults.options import choice
from lab.dms.faults.scope import Scope
from lab.dms.ground.changes import COUNTER, Change

_OfStatistics = Callable[[Deltas, Deltas], tuple[Deltas, Deltas]]


@fault(
    CHANGE,
    "applied_without_effect",
    (56, 51),
    "the table statistics count changes as applied that Oracle never got",
    PER_CHANGE,
)
def _applied_without_effect(given: Given) -> Callable[[Change], list[Change]]:
    def change(change: Change) -> list[Change]:
        given.around.owed[change.schema, change.table, f"applied_{COUNTER[change.operation]}"] += 1
        return []

    return change


@fault(
    STATISTICS,
    "statistics_frozen",
    (57, 56),
    "the table statistics stand still while changes arrive in Oracle",
    ("table",),
)
def _statistics_frozen(given: Given) -> _OfStatistics:
    scope = Scope(given.options)

    def without(deltas: Deltas) -> Deltas:
        return Counter(
            {key: count for key, count in deltas.items() if not scope.has_table(key[0], key[1])}
        )

    return lambda captured, applied: (without(captured), without(applied))


@fault(
    STATISTICS,
    "captured_counted_too_low",
    (56, 35),
    "the table statistics count fewer changes as captured than were written in PostgreSQL",
    ("table", "every", "probability", "seed"),
)
def _captured_counted_too_low(given: Given) -> _OfStatistics:
    scope = Scope(given.options)

    def fewer(captured: Deltas, applied: Deltas) -> tuple[Deltas, Deltas]:
        kept = Counter(captured)
        for key, count in captured.items():
            if scope.has_table(key[0], key[1]):
                kept[key] -= sum(scope.due() for _ in range(count))
        return kept, applied

    return fewer


@fault(
    STATISTICS,
    "applied_counted_twice",
    (56,),
    "the table statistics count twice as many changes as applied as there were",
    ("table",),
)
def _applied_counted_twice(given: Given) -> _OfStatistics:
    scope = Scope(given.options)

    def twice(captured: Deltas, applied: Deltas) -> tuple[Deltas, Deltas]:
        doubled = {
            key: count * (2 if scope.has_table(key[0], key[1]) else 1)
            for key, count in applied.items()
        }
        return captured, Counter(doubled)

    return twice


@fault(
    TASK,
    "latency_says_zero",
    (23, 52),
    "CDCLatencySource and CDCLatencyTarget say 0 however far Oracle is behind",
)
def _latency_says_zero(_: Given) -> None:
    return None


@fault(
    EXCEPTION,
    "exceptions_not_written",
    (67, 1),
    "what Oracle refuses does not show in awsdms_apply_exceptions, as if somebody had set "
    "IGNORE_RECORD",
    PER_CHANGE,
)
def _exceptions_not_written(given: Given) -> Callable[[tuple[str, str]], bool]:
    scope = Scope(given.options)
    return lambda table: scope.has_table(*table) and scope.due()


@fault(
    LOG,
    "log_warnings_missing",
    (4, 53),
    "the log has no ]W: lines: nothing is said of truncated values, ignored tables and retries",
)
def _log_warnings_missing(_: Given) -> Callable[[str, str], bool]:
    return lambda severity, message: severity == "W"


@fault(
    LOG,
    "log_errors_missing",
    (53, 51),
    "the log has no ]E: lines: nothing is said of what Oracle refused",
    lines=choice("errors", "all", says="which lines are missing: those of errors, or all"),
)
def _log_errors_missing(given: Given) -> Callable[[str, str], bool]:
    return lambda severity, message: severity == "E" or given["lines"] == "all"
