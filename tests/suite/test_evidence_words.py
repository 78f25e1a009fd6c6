"""The lines of evidence a reader sees first: each kind once, with a count, and the precondition
before the rest.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises import arrivals
from fixtures.promises.arrivals import against_agreement, check_agreement
from fixtures.reporting import evidence
from fixtures.reporting.verdict import LONGEST
from fixtures.scenario.statements import SHOWN_CHARACTERS, dropped_words, subject_of
from reconciliation.agreed.contract import load_contract
from reconciliation.checks.capacity import check_legacy_columns
from reconciliation.compare import by_key
from reconciliation.errors import Broken, Lost, Unseen
from reconciliation.model import (
    CatalogueColumn,
    CatalogueTable,
    ColumnType,
    Difference,
    DifferenceKind,
    Finding,
)
from tests.suite.test_batch_verdicts import CHANGED, TABLE
from tests.suite.test_helpers import ROOT

UPDATE = 'UPDATE "T"."F" SET "ID"={0},"HEADER"=\'{1}\',"COST"=5 WHERE "ID"={0}'
NO_ROWS = "0 rows affected"


def dropped(statement: str, error: str = NO_ROWS, table: str = "FLIGHTSPECIAL") -> Any:
    return SimpleNamespace(statement=statement, error=error, table_name=table)


# ---------------------------------------------------------------- dropped changes


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        (UPDATE.format(900000055, "third"), ("UPDATE of ID", "900000055")),
        (UPDATE.format(900000055, "it''s WHERE \"ID\"=7"), ("UPDATE of ID", "900000055")),
        ('DELETE FROM "T"."F" WHERE "ID" = 900000055', ("DELETE of ID", "900000055")),
        (
            'INSERT INTO "T"."F" ("ID","HEADER") VALUES (900000055,\'x) VALUES (7\')',
            ("INSERT of ID", "900000055"),
        ),
        (
            'INSERT INTO "T"."F" ("HEADER","ID") VALUES (\'x\',900000055)',
            ('INSERT INTO "T"."F" ("HEADER","ID") VALUES (\'x\',900000055)', None),
        ),
        (
            'INSERT INTO "T"."F" ("HEADER") VALUES (\'INTO x (ID) VALUES (7,\')',
            ('INSERT INTO "T"."F" ("HEADER") VALUES (\'INTO x (ID) VALUES (7,\')', None),
        ),
        (
            """DELETE FROM "T"."F" WHERE "A"=1 AND "B"='it''s'""",
            ("DELETE of A, B", r"(1, 'it\'s')"),
        ),
        ("""UPDATE "T"."F" SET "A"=1 WHERE "B"='x'""", ("UPDATE of B", "'x'")),
        (
            'DELETE FROM "T"."F" WHERE "A"<1',
            ('DELETE FROM "T"."F" WHERE "A"<1', None),
        ),
        (
            'UPDATE "T"."F" SET "HEADER"=:1 WHERE "ID"=:2',
            ('UPDATE "T"."F" SET "HEADER"=:1 WHERE "ID"=:2', None),
        ),
        ("", ("", None)),
    ],
)
def test_a_statement_says_what_it_does_to_which_key(
    statement: str, subject: tuple[str, str | None]
) -> None:
    assert subject_of(statement) == subject


def test_a_statement_that_tells_no_key_is_cut_to_a_line() -> None:
    shown, key = subject_of(f"UPDATE T SET\n A = '{'x' * 500}'")
    assert key is None
    assert shown.startswith("UPDATE T SET A = 'xxx")
    assert len(shown) == SHOWN_CHARACTERS + 3


def test_what_was_dropped_in_the_same_way_is_one_line_with_a_count() -> None:
    same = [dropped(UPDATE.format(900000055, text)) for text in ("first", "second", "third")]
    assert dropped_words(same) == [f"UPDATE of ID 900000055: {NO_ROWS} (3 times)"]
    assert dropped_words(same[:1]) == [f"UPDATE of ID 900000055: {NO_ROWS}"]


def test_different_errors_statements_and_tables_stay_apart() -> None:
    lines = dropped_words(
        [
            dropped(UPDATE.format(1, "x")),
            dropped('DELETE FROM "T"."F" WHERE "ID"=1'),
            dropped(UPDATE.format(2, "x"), "ORA-01400: cannot\ninsert NULL"),
            dropped(UPDATE.format(3, "x")),
            dropped(UPDATE.format(1, "x"), table="HOTELSPECIAL"),
        ],
        with_table=True,
    )
    assert lines == [
        f"FLIGHTSPECIAL: UPDATE of ID 1, 3: {NO_ROWS} (2 times)",
        f"FLIGHTSPECIAL: DELETE of ID 1: {NO_ROWS}",
        "FLIGHTSPECIAL: UPDATE of ID 2: ORA-01400: cannot insert NULL",
        f"HOTELSPECIAL: UPDATE of ID 1: {NO_ROWS}",
    ]


def test_many_keys_are_counted_and_the_first_ones_named() -> None:
    [line] = dropped_words([dropped(UPDATE.format(key, "x")) for key in (*range(100, 120), 100)])
    assert line == f"UPDATE of ID 100, 101, 102, 103, 104, ... (20 keys): {NO_ROWS} (21 times)"


# ---------------------------------------------------------------- what was not there before


def story(exceptions: list[Any]) -> Any:
    return SimpleNamespace(exceptions=lambda subject: {(7,): exceptions} if exceptions else {})


def subject(absent: dict[Any, Any]) -> Any:
    return SimpleNamespace(
        table="s.t",
        contract=TABLE,
        rows={(7,): None},
        keys=[(7,)],
        earlier_absent=absent,
        shown=lambda key: str(key[0]),
    )


AGREEMENT = SimpleNamespace(differences=())


def test_rows_that_were_not_there_before_are_the_first_thing_said() -> None:
    words = against_agreement(
        story([dropped(UPDATE.format(7, text)) for text in "abc"]),
        subject({(7,): ((107,),), (8,): ()}),
        AGREEMENT,
    )
    assert words == [
        "the change could not be judged: these rows were not in Oracle under their keys before it",
        "row 7 was not in Oracle under its key before the change: it had arrived under key 107",
        "row 8 was not in Oracle under its key before the change",
        f"the replication dropped a change: UPDATE of ID 7: {NO_ROWS} (3 times)",
    ]


def test_a_dropped_change_speaks_against_rows_that_agree() -> None:
    twice = [dropped(UPDATE.format(7, text)) for text in "ab"]
    assert against_agreement(story(twice), subject({}), AGREEMENT) == [
        "both databases agree, but 2 changes were dropped",
        f"the replication dropped a change: UPDATE of ID 7: {NO_ROWS} (2 times)",
    ]
    assert against_agreement(story([]), subject({}), AGREEMENT) == []


def story_unread() -> Any:
    def exceptions(_: Any) -> list[Any]:
        raise Unseen("GRANT SELECT ON T TO V")

    return SimpleNamespace(exceptions=exceptions)


def test_without_the_account_of_dropped_changes_rows_that_agree_are_not_judged() -> None:
    with pytest.raises(Unseen):
        against_agreement(story_unread(), subject({}), AGREEMENT)


def test_what_stands_against_rows_is_told_although_that_account_is_hidden() -> None:
    words = against_agreement(story_unread(), subject({(8,): ()}), AGREEMENT)
    assert words[0].startswith("the change could not be judged")
    assert words[-1] == "whether it dropped changes is not known: GRANT SELECT ON T TO V"


def away(*_: Any) -> Any:
    raise Lost("Oracle does not answer")


@pytest.mark.parametrize(
    "difference",
    [CHANGED, Difference("s.t", "S.T", (7,), DifferenceKind.MISSING)],
    ids=["changed", "missing"],
)
def test_rows_that_differ_do_so_although_nobody_answers_when_the_evidence_is_read(
    monkeypatch: pytest.MonkeyPatch, difference: Difference
) -> None:
    monkeypatch.setattr(arrivals, "strays", away)
    monkeypatch.setattr(by_key, "read", away)
    comparison = SimpleNamespace(differences=[difference], source_rows=1, target_rows=1)
    monkeypatch.setattr(by_key, "compare_tables", lambda run, wanted: {"s.t": comparison})
    row = {"id": 7, "header": "x"}
    hit = SimpleNamespace(
        standing=[subject({})],
        exceptions=away,
        in_postgresql=lambda subject, keys: {(7,): row},
        parallel_run=None,
        settle=lambda: None,
        arrivals={"s.t": SimpleNamespace(lag_seconds=1.0)},
        each=lambda judge: judge(subject({})),
    )
    with pytest.raises(Broken, match="1 of 1 rows differ in Oracle") as caught:
        check_agreement(hit, "all")
    assert "whether it dropped changes is not known: Oracle does not answer" in str(caught.value)


def test_rows_that_agree_are_not_judged_when_nobody_tells_what_was_dropped() -> None:
    with pytest.raises(Lost):
        against_agreement(SimpleNamespace(exceptions=away), subject({}), AGREEMENT)


# ---------------------------------------------------------------- findings


def judge_without_signatures() -> Any:
    """The flight specials' contract with nobody having accepted anything."""
    contract = load_contract(ROOT / "contracts", None)
    [table] = contract.tables
    here, there = {}, {}
    for pair in table.pairs:
        kind = {
            "id": ColumnType("int8"),
            "cost": ColumnType("int4"),
            "expiry_date": ColumnType("timestamptz"),
        }
        length = 6 if pair.source.endswith("_code") else 255
        numeric = pair.source in kind
        here[pair.source] = CatalogueColumn(
            pair.source,
            kind.get(pair.source, ColumnType("varchar", length)),
            pair.source not in ("id", "header"),
        )
        there[pair.target] = CatalogueColumn(
            pair.target,
            ColumnType("NUMBER") if numeric else ColumnType("VARCHAR2", length, byte_length=True),
            pair.source not in ("id", "header", "cost"),
        )
    return SimpleNamespace(
        unfit={},
        contract=contract,
        source_catalogue={
            table.source: CatalogueTable("travelbuddy", "flightspecial", here, ("id",))
        },
        target_catalogue={
            table.target: CatalogueTable("TRAVELBUDDY", "FLIGHTSPECIAL", there, ("ID",))
        },
    )


def test_every_kind_of_refused_value_is_among_the_lines_the_terminal_shows() -> None:
    findings = check_legacy_columns(judge_without_signatures())
    assert len(findings) > 2 * LONGEST
    lines = evidence.findings_in_words(findings).splitlines()
    assert len(lines) <= LONGEST
    refused = [line for line in lines if "is refused" in line]
    assert refused == [
        (
            "'' is refused with ORA-01400 (nobody has accepted refused_empty_string): "
            "travelbuddy.flightspecial: header -> HEADER NOT NULL"
        ),
        "multi-byte text is refused with ORA-12899 (nobody has accepted refused_byte_length): "
        "travelbuddy.flightspecial: header -> HEADER VARCHAR2(255 BYTE), body -> BODY VARCHAR2(255 "
        "BYTE), origin -> ORIGIN VARCHAR2(255 BYTE), "
        "origin_code -> ORIGINCODE VARCHAR2(6 BYTE), destination -> DESTINATION VARCHAR2(255 "
        "BYTE), "
        "destination_code -> DESTINATIONCODE VARCHAR2(6 BYTE)",
        "NULL is refused with ORA-01400 (nobody has accepted refused_null): "
        "travelbuddy.flightspecial: cost -> COST NOT NULL",
    ]
    for finding in findings:
        assert finding.place in "\n".join(lines)


def test_the_attached_list_has_every_finding_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = check_legacy_columns(judge_without_signatures())
    attached: list[str] = []
    monkeypatch.setattr(evidence.allure, "attach", lambda text, *_: attached.append(text))
    evidence.attach_findings(findings)
    for finding in findings:
        assert evidence.html.escape(finding.message) in attached[0]


def test_findings_of_a_kind_name_their_tables() -> None:
    findings = [
        Finding("a", "x", table, kind="NULL is refused", place=place)
        for table, place in (("s.t", "fee -> FEE"), ("s.u", "fee -> FEE"), ("s.t", "a -> A"))
    ]
    assert evidence.findings_in_words(findings) == (
        "NULL is refused: s.t: fee -> FEE, a -> A; s.u: fee -> FEE"
    )


def test_findings_without_a_kind_keep_their_own_words() -> None:
    findings = [
        Finding("a", "rule 1 names nothing", "s.t"),
        Finding("a", "rule 2 names nothing", "s.t"),
    ]
    assert evidence.findings_in_words(findings) == "rule 1 names nothing\nrule 2 names nothing"
