"""The settings that decide how changes are applied, and contradictions among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import parse_settings
from tests.dms.worlds import World, insert


def metadata(**settings: Any) -> Any:
    return parse_settings({"TargetMetadata": settings})


def test_limited_lob_mode_is_the_default() -> None:
    assert (metadata().support_lobs, metadata().lob_max_kb) == (True, 32)
    assert metadata(LobMaxSize=63).lob_max_kb == 63
    assert metadata(FullLobMode=True, LimitedSizeLobMode=False).lob_max_kb is None


@pytest.mark.parametrize("both", [True, False])
def test_exactly_one_lob_mode(both: bool) -> None:
    with pytest.raises(ValueError, match="exactly one of them must be true"):
        metadata(FullLobMode=both, LimitedSizeLobMode=both)
    assert (
        metadata(SupportLobs=False, FullLobMode=both, LimitedSizeLobMode=both).support_lobs is False
    )


def test_limited_lob_mode_needs_a_limit() -> None:
    with pytest.raises(ValueError, match="LobMaxSize is 0; limited LOB mode needs a limit"):
        metadata(LobMaxSize=0)
    assert metadata(LobMaxSize=0, FullLobMode=True, LimitedSizeLobMode=False).lob_max_kb is None


def test_update_record_switches_lobs_off() -> None:
    assert (
        parse_settings({"ErrorBehavior": {"ApplyErrorUpdatePolicy": "UPDATE_RECORD"}}).support_lobs
        is False
    )


@pytest.mark.parametrize(("given", "used"), [(None, 50), (120, 120), (500, 200)])
def test_the_statement_cache(given: int | None, used: int) -> None:
    tuning = {} if given is None else {"StatementCacheSize": given}
    assert parse_settings({"ChangeProcessingTuning": tuning}).statement_cache == used


def test_characters_are_replaced_before_rules_see_them(tmp_path: Path) -> None:
    replaced = [
        {"SourceCharacterCodePoint": ord("o"), "TargetCharacterCodePoint": ord("0")},
        {"SourceCharacterCodePoint": ord("n"), "TargetCharacterCodePoint": 0},
    ]
    world = World(tmp_path, settings={"CharacterSetSettings": {"CharacterReplacements": replaced}})
    world.apply(insert())
    assert world.rows[0]["HEADER"] == "L0d0 t0 Busa"
