from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab.core.errors import UsageError
from lab.core.paths import ROOT
from lab.core.profile import known_environments, load_profile


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for directory in ("environments", "lab/worlds"):
        shutil.copytree(ROOT / directory, tmp_path / directory)
    return tmp_path


def change(project: Path, old: str, new: str, file: str = "environments/lab.toml") -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_corrected_lab() -> None:
    profile = load_profile("lab", ROOT)
    assert profile.task == "flightspecials-postgresql-to-oracle-rsync-task"
    assert profile.region == "ap-northeast-2"
    assert not profile.legacy_trigger_enabled
    assert not profile.seed_differences
    assert '"EXPIRYDATE"' in profile.table_mapping
    assert profile.document["api"]["header_path"].endswith("/header")


def test_the_lab_as_documented() -> None:
    profile = load_profile("lab-as-documented", ROOT)
    assert profile.legacy_trigger_enabled
    assert profile.seed_differences
    assert "detination_code" in profile.table_mapping


def test_a_world_is_the_files_that_the_profile_names() -> None:
    world = load_profile("lab-as-documented", ROOT).world
    assert world.oracle_schemas == ("TRAVELBUDDY",)
    (ddl,) = world.target_ddl
    assert ddl.file == "lab/worlds/travelbuddy/target.sql"
    assert "FLIGHTSPECIAL_TRIGGER" in ddl.text
    assert world.target_differences
    assert not load_profile("lab", ROOT).world.target_differences


def test_what_a_profile_need_not_say(project: Path) -> None:
    for said in ('legacy_trigger = "disabled"\n', "seed_differences = false\n"):
        change(project, said, "")
    profile = load_profile("lab", project)
    assert not profile.legacy_trigger_enabled
    assert not profile.seed_differences
    assert profile.has_api
    change(project, "[api]", "[values_of_before]")
    assert not load_profile("lab", project).has_api


def test_an_unknown_environment_lists_the_known_ones() -> None:
    with pytest.raises(
        UsageError,
        match=r"unknown environment 'stage'; known environments: .*lab, lab-as-documented",
    ):
        load_profile("stage", ROOT)
    assert {"lab", "lab-as-documented"} <= set(known_environments(ROOT))


@pytest.mark.parametrize("name", ["../environments/lab", "", "lab.toml"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UsageError, match="unknown environment"):
        load_profile(name, ROOT)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'kind = "lab"',
            'kind = "live"',
            r"lab\.toml: \[environment\] kind is 'live'.*only profiles of kind 'lab'",
        ),
        (
            'missing_target_column = "skip"',
            "",
            r"lab\.toml: \[lab\] missing_target_column is missing",
        ),
        ('oracle_schemas = ["TRAVELBUDDY"]', "", r"\[lab\] oracle_schemas is missing"),
        ('"TRAVELBUDDY"]', '"TravelBuddy"]', r"oracle_schemas has 'TravelBuddy'.*upper case"),
        ('oracle_schemas = ["TRAVELBUDDY"]', "oracle_schemas = 7", r"a text or a list .*, not 7"),
        (
            'target_ddl = "lab/worlds/travelbuddy/target.sql"',
            'target_ddl = ["lab/worlds/travelbuddy/target.sql", "nowhere.sql"]',
            r"\[lab\] target_ddl 'nowhere\.sql' cannot be read: No such",
        ),
        (
            "seed_differences = false",
            "seed_differences = true",
            r"seed_differences = true needs target_differences",
        ),
        (
            'legacy_trigger = "disabled"',
            'legacy_trigger = "off"',
            r"\[lab\] legacy_trigger is 'off'; it may be",
        ),
        (
            "seed_differences = false",
            'seed_differences = "no"',
            r"\[lab\] seed_differences must be a bool, not 'no'",
        ),
        (
            "seed_differences = false",
            "seed_diferences = false",
            "unknown; did you mean 'seed_differences'",
        ),
        ('region = "ap-northeast-2"', "", r"lab\.toml: \[aws\] region is missing"),
        ("[lab] ", "[laboratory] ", r"lab\.toml: section \[lab\] is missing"),
        ("[aws]", "[aws", r"lab\.toml is not valid TOML: .*line \d+"),
        (
            "mappings/corrected",
            "mappings/absent",
            r"\[lab\] table_mapping '.*absent\.json' cannot be read: No such",
        ),
    ],
)
def test_a_broken_profile_is_one_line_naming_file_section_and_key(
    project: Path, old: str, new: str, message: str
) -> None:
    change(project, old, new)
    with pytest.raises(UsageError, match=message) as raised:
        load_profile("lab", project)
    assert "\n" not in str(raised.value)


def test_a_mapping_that_is_not_json_is_told_with_its_place(project: Path) -> None:
    change(project, '"rules": [', '"rules": [,', "environments/mappings/corrected.json")
    with pytest.raises(UsageError, match=r"corrected\.json is not JSON: .* line 2 column \d+"):
        load_profile("lab", project)


def test_the_grants_for_scns_may_be_left_out(project: Path) -> None:
    assert load_profile("lab", project).scn_grants
    change(project, "# scn_grants = false", "scn_grants = false")
    assert not load_profile("lab", project).scn_grants
    change(project, "scn_grants = false", 'scn_grants = "no"')
    with pytest.raises(UsageError, match=r"\[lab\] scn_grants must be a bool, not 'no'"):
        load_profile("lab", project)


def test_the_legacy_databases_character_set_may_be_another_one(project: Path) -> None:
    assert load_profile("lab", project).target_charset == "AL32UTF8"
    change(project, "# target_charset", "target_charset")
    assert load_profile("lab", project).target_charset == "KO16MSWIN949"
    change(project, '"KO16MSWIN949"', '"EUC-KR"')
    with pytest.raises(
        UsageError, match=r"\[lab\] target_charset is 'EUC-KR'; it may be AL32UTF8 or KO16MSWIN949"
    ):
        load_profile("lab", project)


def with_ports(project: Path, ports: str) -> None:
    path = project / "environments/lab.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + f"\n[lab.ports]\n{ports}\n", encoding="utf-8"
    )


def test_configured_ports_and_zero_for_a_free_one(project: Path) -> None:
    with_ports(project, "oracle = 1521\naws = 0")
    assert load_profile("lab", project).ports == {"oracle": 1521}


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ("orcale = 1521", r"\[lab\.ports\] orcale is unknown; did you mean 'oracle'"),
        ("oracle = 70000", r"\[lab\.ports\] oracle must be a port number .* not 70000"),
        ("oracle = true", r"\[lab\.ports\] oracle must be a port number .* not True"),
    ],
)
def test_wrong_ports_are_refused(project: Path, ports: str, message: str) -> None:
    with_ports(project, ports)
    with pytest.raises(UsageError, match=message):
        load_profile("lab", project)
