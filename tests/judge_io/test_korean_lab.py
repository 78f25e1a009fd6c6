"""A parallel run whose Oracle is in KO16MSWIN949: what is said beforehand of a value is what the
replication does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from reconciliation.canonical import accepted_rule
from reconciliation.canonical.types import lacking
from reconciliation.capacity import check_capacity, refusals
from reconciliation.compare import by_key
from reconciliation.errors import Broken
from reconciliation.making.model import Insert, OwnRow
from reconciliation.model import AcceptedDifference, Key, Row
from reconciliation.replication import apply_exceptions
from reconciliation.session import markers
from reconciliation.session.acts import act
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep
from reconciliation.session.waiting import eventually
from tests.suite.place import Place
from tests.waiting import LONG_SECONDS

from .own_lab import judge_of

TABLE, NAME = "travelbuddy.flightspecial", "lab-korean"
EMOJI = "\U0001f6ec"
#: values of origin_code varchar(6) -> VARCHAR2(6 BYTE), and of origin varchar(255) -> VARCHAR2(255
#: BYTE)
CODES = (
    "ICN",
    "서울역",
    "서울역앞",
    "뷁똠",
    "서울a",
    f"a{EMOJI}b",
    EMOJI * 6,
    "é",
    "€",
    "日本",
    "ａｂｃ",
    "ａｂｃｄ",
)
ORIGINS = ("서울", "가" * 127, "가" * 128, f"서울 {EMOJI} 부산", EMOJI * 255, "x" * 255, "漢字 ä")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The judge of that lab, which is gone afterwards."""
    place = Place.copy_to(tmp_path_factory.mktemp("korean-lab"))
    profile = (
        (place.root / "environments/lab.toml")
        .read_text(encoding="utf-8")
        .replace('"lab"', f'"{NAME}"', 1)
    )
    assert "[lab]" in profile
    (place.root / f"environments/{NAME}.toml").write_text(
        f'{profile}\ntarget_charset = "KO16MSWIN949"\n', "utf-8"
    )
    with judge_of(place, NAME) as judge:
        yield judge


def _write(session: Session, values: Mapping[str, tuple[str, ...]]) -> dict[Key, Row]:
    """One row per value, by key."""
    written: dict[Key, Row] = {}
    rows: list[OwnRow] = []
    for column, several in values.items():
        for own, value in zip(session.maker.rows(TABLE, len(several)), several, strict=True):
            written[own.key] = {"id": own.key[0], column: value}
            rows.append(OwnRow(TABLE, own.key, {**written[own.key], "header": "h", "cost": 1}))
    assert act(session, [Insert(own) for own in rows]).rows == {TABLE: len(rows)}
    return written


def _foretold(session: Session, row: Row) -> tuple[str, int | None]:
    """What the judge says of a row beforehand: refused with a code, altered, or held."""
    table = session.parallel_run.table(TABLE)
    there = session.parallel_run.target_catalogue[table.target]
    refused = refusals(session.parallel_run.rules(TABLE), row)
    if refused:
        return "refused", refused[0].ora_code
    altered = any(
        lacking(there.columns[table.pair(column).target].type, value)
        for column, value in row.items()
    )
    return ("altered" if altered else "held"), None


def _became(session: Session, row: Row, there: Mapping[str, Any] | None) -> str:
    """What has become of a row, as Oracle shows it."""
    if there is None:
        return "refused"
    table = session.parallel_run.table(TABLE)
    (column,) = set(row) - {"id"}
    source = session.parallel_run.source_catalogue[TABLE].columns[column].type
    kind = (
        session.parallel_run.target_catalogue[table.target].columns[table.pair(column).target].type
    )
    stored = there[table.pair(column).target]
    if stored == row[column]:
        return "held"
    entry = AcceptedDifference(TABLE, (column,), "character_replaced", "r", "o", None)  # type: ignore[arg-type]
    assert accepted_rule((entry,), source, kind, row[column], stored) is not None, (row, stored)
    return "altered"


def test_what_is_foretold_of_a_value_is_what_the_replication_does(session: Session) -> None:
    sweep(session)
    [first] = markers.write(session, [TABLE])
    since = first.committed_at
    written = _write(session, {"origin_code": CODES, "origin": ORIGINS})
    assert markers.wait(session, markers.write(session, [TABLE]))[TABLE].arrived
    _, rows = by_key.read(session.parallel_run, TABLE, written)
    foretold = {key: _foretold(session, row) for key, row in written.items()}
    became = {key: _became(session, row, rows.get(key)) for key, row in written.items()}
    assert became == {key: what for key, (what, _) in foretold.items()}
    assert set(became.values()) == {"held", "altered", "refused"}
    codes = {key: code for key, (_, code) in foretold.items() if code}

    def shown() -> None:
        errors = [
            (item.statement, item.error) for item in apply_exceptions(session.parallel_run, since)
        ]
        for key, code in codes.items():
            if not any(
                str(key[0]) in statement and f"ORA-{code:05d}" in error
                for statement, error in errors
            ):
                raise Broken(str(key))

    eventually(shown, LONG_SECONDS, "the refusals")
    sweep(session, final=True)


def test_the_static_check_has_told_of_both(session: Session) -> None:
    table = session.parallel_run.table(TABLE)
    findings = check_capacity(
        table,
        session.parallel_run.source_catalogue[TABLE],
        session.parallel_run.target_catalogue[table.target],
    )
    told = {(one.column, one.check) for one in findings if "KO16MSWIN949 lacks" in one.message}
    assert told == {
        (name, "value_altered")
        for name in ("header", "body", "origin", "origin_code", "destination", "destination_code")
    }
    covered = {entry.rule for entry in table.accepted}
    # somebody signed for it already, so that it is no finding any more
    assert "refused_byte_length" in covered
