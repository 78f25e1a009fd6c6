"""docs/type-matrix.md, made of what the sweep ran."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciliation.canonical import CONVERSIONS, ColumnRule
from reconciliation.canonical.types import source_label, target_label
from tests.type_pairs.case import Case
from tests.type_pairs.sweep import Judged

COMMAND = "python -m tests.type_pairs"
_TARGETS = (
    "NUMBER",
    "FLOAT",
    "BINARY_FLOAT",
    "BINARY_DOUBLE",
    "VARCHAR2",
    "NVARCHAR2",
    "CHAR",
    "NCHAR",
    "CLOB",
    "NCLOB",
    "LONG",
    "RAW",
    "BLOB",
    "LONG RAW",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE",
    "TIMESTAMP WITH LOCAL TIME ZONE",
    "INTERVAL DAY TO SECOND",
    "INTERVAL YEAR TO MONTH",
)

_HEAD = f"""# Types held against each other

Written by the tests from what they ran (`{COMMAND}`); a test fails when this file says anything else.

Every value is compared exactly, by the rule of its pair of types. Each pair was run on a PostgreSQL and on the Oracle
stand-in, with the values in memory and with the texts that both databases write, every value here against every value
there: {{combinations:,}} combinations, {{equal:,}} of them equal, and both ways gave the same answer for each.

## Rules

A name is the rule that compares the pair without a conversion; an empty cell means that the contract has to name one
(below), and the comparison refuses the pair until it does.

* `*`: the comparison leaves something out, which the report counts (see "What is left out").
* `+`: the column is fetched beside the row's text, not as a part of it: LOBs, national text and binary floats.
  VARCHAR2, CHAR and RAW are part of the row's text unless they may be longer than that can be (4000 bytes). A table
  with a column beside the text is compared by its rows, not by digests; in a key such a column is compared in memory.
* `-`: the replication is not documented to fill the column by itself; the mapping has to do it.

"""  # noqa: E501

_TAIL = """
## Without a rule

| PostgreSQL | why | way out |
| --- | --- | --- |
| time, timetz | become TIMESTAMP(0) by default, on a day nobody documents | conversion `text` and a text column |
| interval with a text column | the AWS DMS user guide shows one example of the text, and says nothing of signs and \
fractions | conversion `text`, or INTERVAL columns |
| money with a text column | its text depends on the language of the session | a NUMBER column |
| oid, name, pg_lsn, macaddr8, jsonpath and others | AWS DMS does not list them | conversion `text` |
| float4, float8 with conversion `text` | Python does not know which of the two printed it | conversion `number_text` |

Not told apart, and not counted: -0 and 0 (a NUMBER has one zero), 1.50 and 1.5 as numbers, and the NaNs of a float.
An Oracle date before Christ, on a day only the Julian calendar has, or with nanoseconds is equal to nothing here.
"""  # noqa: E501


def rendered(judged: Sequence[Judged]) -> str:
    """The whole page."""
    combinations = sum((found.combinations for found in judged), Counter())
    head = _HEAD.format(combinations=combinations.total(), equal=combinations[True])
    parts = [
        head,
        *_matrix(judged),
        "\n## Conversions\n\n",
        *_conversions(judged),
        "\n## What is left out\n\n",
        *_reductions(judged),
        _STEPS,
        *_steps(judged),
        _TAIL,
    ]
    return "".join(parts)


def _rules(judged: Sequence[Judged], named: bool) -> Iterator[tuple[str, str, ColumnRule, bool]]:
    """PostgreSQL's type, Oracle's, the rule, and whether the column stands beside the text."""
    for found in judged:
        beside = {field.rule.pair.source for field in found.texts.own}
        for rule in found.rules:
            if (rule.pair.conversion is not None) == named:
                yield (
                    source_label(rule.source.type),
                    target_label(rule.target.type),
                    rule,
                    rule.pair.source in beside,
                )


def _matrix(judged: Sequence[Judged]) -> Iterator[str]:
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    for source, target, rule, beside in _rules(judged, named=False):
        marks = "*" * bool(rule.rule.reduction) + "+" * beside + "-" * (not rule.rule.written)
        shown = f"{rule.rule.name} {marks}".strip()
        # a wide VARCHAR2 stands beside the text, an ordinary one does not
        if "+" not in cells[source].get(target, "+") and beside:
            continue
        cells[source][target] = shown
    yield _line(["PostgreSQL", *_TARGETS])
    yield _line(["---"] * (len(_TARGETS) + 1))
    for source, row in cells.items():
        yield _line([source, *(row.get(target, "") for target in _TARGETS)])


def _conversions(judged: Sequence[Judged]) -> Iterator[str]:
    run: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for source, target, rule, _ in _rules(judged, named=True):
        name = rule.rule.name.split(":")[0]
        run[name][0].add(source)
        run[name][1].add(target)
    yield _line(
        ["name", "what the Oracle column holds", "PostgreSQL", "Oracle", "expression needed"]
    )
    yield _line(["---"] * 5)
    for name, conversion in CONVERSIONS.items():
        sources, targets = run[name]
        yield _line(
            [
                f"`{name}`",
                conversion.meaning,
                ", ".join(sorted(sources)),
                ", ".join(target for target in _TARGETS if target in targets),
                "yes" if conversion.needs_expression else "",
            ]
        )


def _reductions(judged: Sequence[Judged]) -> Iterator[str]:
    words: dict[str, dict[str, None]] = defaultdict(dict)
    for named in (False, True):
        for source, target, rule, _ in _rules(judged, named):
            if rule.rule.reduction:
                conversion = f" by `{rule.rule.name.split(':')[0]}`" if named else ""
                words[rule.rule.reduction][f"{source} -> {target}{conversion}"] = None
    yield _line(["what", "pairs"])
    yield _line(["---"] * 2)
    for reduction, pairs in words.items():
        yield _line([reduction, ", ".join(_joined(pairs))])


def _joined(pairs: Iterable[str]) -> list[str]:
    """``a -> X, a -> Y`` as ``a -> X/Y``."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pair in pairs:
        source, _, rest = pair.partition(" -> ")
        target, by, conversion = rest.partition(" by ")
        found[source, by + conversion].append(target)
    return [f"{source} -> {'/'.join(targets)}{tail}" for (source, tail), targets in found.items()]


_STEPS = """
## What must be equal, and what must differ

One value each of those that were run. What must differ is as close as the types can tell apart.

"""


def _steps(judged: Sequence[Judged]) -> Iterator[str]:
    targets: dict[tuple[str, str, tuple[Case, ...]], list[str]] = defaultdict(list)
    for found in judged:
        for column in found.table.columns:
            targets[column.source, column.conversion or "", column.cases].append(column.target)
    yield _line(["PostgreSQL", "Oracle", "conversion", "equal", "different"])
    yield _line(["---"] * 5)
    for (source, conversion, cases), kinds in targets.items():
        equal = next(case for case in cases if case.equal)
        differ = next(case for case in cases if case.step)
        yield _line(
            [
                source,
                ", ".join(dict.fromkeys(kinds)),
                f"`{conversion}`" if conversion else "",
                _pair(equal),
                _pair(differ),
            ]
        )


def _pair(case: Case) -> str:
    return f"{_shown(case.source)} and {_shown(case.target)}"


def _shown(value: Any) -> str:
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    if len(text) > 48:
        text = f"{text[:20]}...{text[-20:]}"
    return "`" + text.replace("|", "\\|").replace("\n", "\\n").replace(" ", "\N{OPEN BOX}") + "`"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
