"""Booleans go into numbers as words, unless both endpoints keep booleans as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from reconciliation.checks import examine
from reconciliation.checks.mapping import MAPPING
from reconciliation.drafting.table_mapping import draft_mapping
from reconciliation.mapping import parse_mapping, resolve
from reconciliation.mapping.model import POLICIES
from reconciliation.model import ColumnPair, ColumnType, Contract, TableContract
from tests.judge.catalogues import NUMBER, catalogue, table

SOURCE = catalogue(
    table("s.t", {"id": ColumnType("int8"), "flag": ColumnType("bool")}, key=("id",))
)
TARGET = catalogue(table("S.T", {"ID": NUMBER, "FLAG": NUMBER}, key=("ID",)))
STAYS = {"ExtraConnectionAttributes": "a=b;mapBooleanAsBoolean=true"}
SET = {"PostgreSQLSettings": {"MapBooleanAsBoolean": True}}
UNSET = {"ExtraConnectionAttributes": "MapBooleanAsBoolean=false"}


class Aws:
    """DMS with two endpoints of the task, and one of somebody else's."""

    def __init__(self, source: dict[str, object], target: dict[str, object]) -> None:
        pages = [{"Endpoints": [_end("one", source), _end("two", target), _end("three", {})]}]
        paginator = SimpleNamespace(paginate=lambda: pages)
        self.dms = SimpleNamespace(get_paginator=lambda _name: paginator)

    @contextmanager
    def asking(self, _what: str) -> Iterator[None]:
        yield


def _end(arn: str, settings: dict[str, object]) -> dict[str, object]:
    return {"EndpointArn": arn, "EndpointIdentifier": arn, **settings}


def found(aws: Aws | None, conversion: str | None) -> list[str]:
    """The messages, of a mapping as it is drafted."""
    pairs = (ColumnPair("id", "ID"), ColumnPair("flag", "FLAG", conversion))
    text = draft_mapping(SOURCE, TARGET, POLICIES[0]).text
    run = SimpleNamespace(
        resolved=resolve(parse_mapping(text), SOURCE, POLICIES[0]),
        contract=Contract((TableContract("s.t", "S.T", ("id",), pairs, None),)),
        source_catalogue=SOURCE,
        target_catalogue=TARGET,
        target=None,
        aws=aws,
        task=SimpleNamespace(source_endpoint_arn="one", target_endpoint_arn="two"),
    )
    answer = examine(run, MAPPING)
    assert answer.unjudged is None
    assert {one.check for one in answer.findings} <= {"type_cannot_hold"}
    return [one.message for one in answer.findings]


@pytest.mark.parametrize("ends", [({}, {}), (STAYS, {}), ({}, STAYS), (UNSET, STAYS)])
def test_words_do_not_go_into_numbers(ends: tuple[dict, dict]) -> None:
    (message,) = found(Aws(*ends), "boolean_number")
    assert message.startswith(
        "s.t.flag (bool) goes as the words true and false into FLAG (NUMBER), which refuses every "
        "row (ORA-01722); set MapBooleanAsBoolean=true on both endpoints, or "
    )


@pytest.mark.parametrize("ends", [(STAYS, STAYS), (SET, STAYS)])
def test_booleans_stay_where_both_endpoints_say_so(ends: tuple[dict, dict]) -> None:
    assert found(Aws(*ends), "boolean_number") == []


def test_without_a_conversion_the_endpoints_are_not_asked() -> None:
    (message,) = found(None, None)
    assert message.endswith("into FLAG (NUMBER) without conversion")


def test_a_drafted_mapping_tells_what_the_endpoints_have_to_say() -> None:
    (note,) = draft_mapping(SOURCE, TARGET, POLICIES[0]).notes
    assert note.startswith("s.t.flag (bool) -> FLAG (NUMBER): the replication writes the words ")
    assert "MapBooleanAsBoolean=true on both endpoints" in note
    assert json.loads(draft_mapping(SOURCE, TARGET, POLICIES[0]).text)["rules"]
