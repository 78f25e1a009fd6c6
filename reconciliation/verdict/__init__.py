"""The verdict of a run: a pure function of what was judged, of what was to be covered, and of how
the run went.
"""

from reconciliation.verdict.declare import (
    Declaration,
    declare,
    verdict_of_findings,
    verdict_of_tables,
    worst,
)
from reconciliation.verdict.excuses import counted, coverage_lines, excused_words
from reconciliation.verdict.matrix import (
    NO_WORD,
    ORDER,
    Guarantee,
    Matrix,
    TableRow,
    matrix_of,
    settled,
)
from reconciliation.verdict.model import (
    OUTCOMES,
    Cell,
    Course,
    Coverage,
    Excused,
    Judged,
    Outcome,
    Scope,
    Verdict,
)

__all__ = [
    "NO_WORD",
    "ORDER",
    "OUTCOMES",
    "Cell",
    "Course",
    "Coverage",
    "Declaration",
    "Excused",
    "Guarantee",
    "Judged",
    "Matrix",
    "Outcome",
    "Scope",
    "TableRow",
    "Verdict",
    "counted",
    "coverage_lines",
    "declare",
    "excused_words",
    "matrix_of",
    "settled",
    "verdict_of_findings",
    "verdict_of_tables",
    "worst",
]
