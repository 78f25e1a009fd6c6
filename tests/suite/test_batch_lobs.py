"""A value that is a LOB to the replication is refused behind its row: the row comes without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from fixtures.promises.batch_verdicts import not_loudly_refused
from fixtures.scenario.batch import BatchRow
from reconciliation.model import Refusal

BODY = Refusal("body", "BODY", "x" * 9, 12899, "9 characters in 8")
NAME = Refusal("name", "NAME", "x" * 9, 12899, "9 characters in 8")
TOO_LARGE = ('ORA-12899: value too large for column "S"."T"."BODY"',)
BARE = {"ID": 7, "NAME": "n", "BODY": None, "NOTE": None}


def row(
    target: Mapping[str, object] | None, refused: Sequence[Refusal], errors: Sequence[str] | None
) -> BatchRow:
    return BatchRow((7,), {"id": 7}, "", refused, target, (), errors, behind=("BODY", "NOTE"))


@pytest.mark.parametrize(
    ("target", "refused", "errors", "said"),
    [
        (BARE, [BODY], TOO_LARGE, None),
        (None, [BODY], TOO_LARGE, None),
        (BARE, [BODY], (), "the row came without its LOBs, but the replication reports nothing"),
        (BARE | {"BODY": "xxxxxxxx"}, [BODY], TOO_LARGE, "silently altered"),
        (BARE | {"NOTE": "n"}, [BODY], TOO_LARGE, "silently altered"),
        (BARE, [NAME], TOO_LARGE, "silently altered"),
        (BARE, [BODY, NAME], TOO_LARGE, "silently altered"),
    ],
)
def test_a_refused_lob_leaves_its_row_without_lobs(
    target: Mapping[str, object] | None,
    refused: Sequence[Refusal],
    errors: Sequence[str],
    said: str | None,
) -> None:
    lines = not_loudly_refused(row(target, refused, errors))
    assert bool(lines) == bool(said)
    if said:
        assert said in lines[0]


def test_without_what_was_dropped_nobody_knows() -> None:
    assert row(BARE, [BODY], None).in_doubt
    assert not row(BARE, [NAME], None).in_doubt
