"""One segment of a table compared by digests, in whichever process."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from reconciliation.compare.checksums.drill import drill
from reconciliation.compare.checksums.forms import DigestForms, digest_forms
from reconciliation.compare.checksums.ground import BothSides
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.tally import Tally

#: how the rows of a form are digested; raises NoDigests
Forms = Callable[[RowForm], DigestForms]


def compare_digests(
    rows: RowForm,
    keys: KeyRange,
    about: int,
    source: Connection,
    target: Connection,
    *,
    answer_timeout: float,
    progress: Callable[[int], None],
    forms: Forms = digest_forms,
) -> Tally:
    """Compare every row with these keys, ``about`` so many, within both open transactions, by
    digests of these ``forms``.

    ``answer_timeout`` is seconds for one statement of digests, or for the next row when rows are
    read; ``progress`` gets the number of source rows. Raises NoDigests, CompareError, and what
    ``compare_streams`` raises.
    """
    found, made = Tally(), forms(rows)
    ground = BothSides(rows, made, source, target, answer_timeout)
    drill(ground, keys, about, found, progress, whole_first=made.quick)
    return found
