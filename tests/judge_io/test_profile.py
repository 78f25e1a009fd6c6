"""Profiles are refused by name: file, section and key stand in one line."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

from reconciliation.agreed.profile import environments, load_profile
from reconciliation.errors import ProfileError
from reconciliation.process.limits import Limits

from .samples import ROOT

EVERY = ("lab", "lab-as-documented", "aws-example")


def _write(root: Path, name: str, document: dict[str, Any]) -> None:
    lines = []
    for section, values in document.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    (root / "environments").mkdir(exist_ok=True)
    (root / "environments" / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (int, float, list)) else f'"{value}"'


def _document(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "environments" / f"{name}.toml").read_text(encoding="utf-8"))


def _refusal(root: Path, name: str, document: dict[str, Any]) -> str:
    _write(root, name, document)
    with pytest.raises(ProfileError) as caught:
        load_profile(name, root)
    text = str(caught.value)
    assert "\n" not in text
    return text


OPTIONAL = {
    ("environment", "interruptions"),
    ("contract", "accepted"),
    ("aws", "endpoint_url"),
    ("aws", "cli_profile"),
    ("api", "base_url"),
    ("target", "driver_mode"),
    ("target", "connect_as"),
    ("agreed", "endpoint_user"),
    ("agreed", "ssl_mode"),
    ("agreed", "target_endpoint_attributes"),
    ("agreed", "source_endpoint_attributes"),
    ("agreed", "source_server"),
    ("agreed", "target_server"),
}
REQUIRED = [
    (name, section, key)
    for name in EVERY
    for section, values in _document(name).items()
    if section != "lab"
    for key in values
    if (section, key) not in OPTIONAL
]
SIGNED = '[[excused]]\ngroup = "06"\nreason = "the task may not be stopped"\nowner = "operations"\n'
EXCUSED = SIGNED + "expires = 2027-03-31\n"


@pytest.mark.parametrize("name", EVERY)
def test_every_profile_of_the_project_is_accepted(name: str) -> None:
    profile = load_profile(name, ROOT)
    assert profile.name == name
    assert profile.reserved_keys[0] < profile.reserved_keys[1]
    assert profile.contract_directory.is_dir()


@pytest.mark.parametrize(("name", "section", "key"), REQUIRED)
def test_a_missing_key_is_named_with_file_and_section(
    tmp_path: Path, name: str, section: str, key: str
) -> None:
    document = _document(name)
    del document[section][key]
    text = _refusal(tmp_path, name, document)
    assert text.startswith(f"environments/{name}.toml: [{section}] {key} is missing")


@pytest.mark.parametrize(
    "section",
    [
        "environment",
        "source",
        "target",
        "aws",
        "replication",
        "contract",
        "values",
        "agreed",
        "lab",
    ],
)
def test_a_missing_section_is_named(tmp_path: Path, section: str) -> None:
    document = _document("lab")
    del document[section]
    assert f"section [{section}] is missing" in _refusal(tmp_path, "lab", document)


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("environment", "mutations", "yes", "must be true or false, it is 'yes'"),
        ("environment", "kind", "test", "must be one of: lab, live"),
        ("environment", "name", "other", "the file is called lab.toml"),
        ("environment", "reserved_keys", [2, 1], "first and last"),
        ("environment", "reserved_keys", [1, 2, 3], "two whole numbers"),
        ("environment", "colour", "red", "unknown key 'colour'"),
        ("environment", "rows_per_second", 0, "must be more than 0, it is 0"),
        ("environment", "rows_per_second", float("nan"), "must be more than 0, it is nan"),
        ("limits", "answer_seconds", 0, "must be from 1 to 600, it is 0"),
        ("limits", "answer_seconds", float("inf"), "must be from 1 to 600, it is inf"),
        ("limits", "lock_seconds", 3600, "must be from 0.1 to 60, it is 3600"),
        ("limits", "lock_seconds", float("nan"), "must be from 0.1 to 60, it is nan"),
        ("limits", "statement_seconds", 10**6, "must be from 1 to 86400, it is 1000000"),
        ("limits", "statement_seconds", 30, "is 30, less than answer_seconds, 60"),
        ("limits", "lock_second", 3, "unknown key 'lock_second'; did you mean 'lock_seconds'?"),
        ("environment", "interruptions", "stop", "must be a list of texts, it is 'stop'"),
        ("environment", "interruptions", ["stop", 1], "must be a list of texts"),
        ("environment", "interruptions", ["stopp"], "has 'stopp'; did you mean 'stop'?"),
        ("environment", "interruptions", ["fire"], "has 'fire'; there are: stop, restart, "),
        ("replication", "column_rule_policy", "both", "lower_rule_id_wins, chained"),
        ("replication", "agreed_lag_seconds", True, "must be a number"),
        (
            "replication",
            "agreed_lag_seconds",
            -5,
            "must be more than 0 and at most 86400 seconds, it is -5",
        ),
        ("replication", "arrival_limit_seconds", float("nan"), "at most 86400 seconds, it is nan"),
        ("replication", "arrival_limit_seconds", float("inf"), "at most 86400 seconds, it is inf"),
        ("replication", "arrival_limit_seconds", 0, "must be more than 0"),
        ("replication", "heartbeat", 7, "heartbeat must be a text, it is 7"),
        *(
            (
                "replication",
                "heartbeat",
                wrong,
                f'must be "schema.table" with a schema of [source], travelbuddy, it is {wrong!r}',
            )
            for wrong in ("", "heartbeat", "travelbuddy", "travelbuddy.", "other.heartbeat")
        ),
        ("target", "driver_mode", "fat", "thin, thick"),
        ("target", "connect_as", "name", "service, sid"),
        ("source", "host", "somewhere", "names a secret and host as well"),
        ("source", "schema", 7, "[source] schema must be a text"),
        ("source", "schema", [], "schema must be a text, or a list of different texts, it is []"),
        ("target", "schema", ["A", ""], "must be a text, or a list of different texts"),
        ("target", "schema", ["A", "A"], "must be a text, or a list of different texts"),
        ("target", "more_schemas", "A", "unknown key 'more_schemas'"),
        ("values", "rows", 0, "must be 1 or more"),
        ("agreed", "lob_max_size_kb", "32", "must be a whole number"),
        ("api", "header_path", "/header", "must hold {id}"),
        (
            "api",
            "base_url",
            "https://me:hidden@host/x",
            "[api] base_url holds credentials; put them into ~/.netrc",
        ),
        (
            "api",
            "base_url",
            "https://hidden@host/x",
            "[api] base_url holds credentials; put them into ~/.netrc",
        ),
        ("aws", "endpoint_url", "http://me:hidden@host", "[aws] endpoint_url holds credentials"),
    ],
)
def test_a_wrong_value_is_refused(
    tmp_path: Path, section: str, key: str, value: Any, expected: str
) -> None:
    document = _document("lab")
    document.setdefault(section, {})[key] = value
    text = _refusal(tmp_path, "lab", document)
    assert expected in text
    assert "hidden" not in text
    assert f"[{section}]" in text


@pytest.mark.parametrize(
    ("section", "key", "value", "expected"),
    [
        ("environment", "sweep_target_orphans", True, 'is for kind = "lab" only'),
        ("lab", "legacy_trigger", "enabled", "this profile is live"),
    ],
)
def test_a_live_profile_holds_no_lab_business(
    tmp_path: Path, section: str, key: str, value: Any, expected: str
) -> None:
    document = _document("aws-example")
    document.setdefault(section, {})[key] = value
    assert expected in _refusal(tmp_path, "aws-example", document)


def test_a_live_profile_that_writes_needs_the_address_of_the_api(tmp_path: Path) -> None:
    document = _document("aws-example")
    document["environment"]["mutations"] = True
    del document["api"]["base_url"]
    assert "[api] base_url is missing" in _refusal(tmp_path, "aws-example", document)


def test_an_unknown_section_is_refused(tmp_path: Path) -> None:
    document = _document("lab") | {"colours": {"a": 1}}
    assert "unknown section [colours]" in _refusal(tmp_path, "lab", document)


def test_an_unknown_environment_lists_the_known_ones() -> None:
    with pytest.raises(
        ProfileError,
        match="unknown environment 'nope'; known environments: aws-example, lab, lab-as-",
    ):
        load_profile("nope", ROOT)


def test_a_name_cannot_leave_the_directory() -> None:
    with pytest.raises(ProfileError, match="unknown environment"):
        load_profile("../environments/lab", ROOT)


def test_a_misspelt_key_is_told_once_and_what_it_was_meant_for(tmp_path: Path) -> None:
    document = _document("lab")
    document["environment"]["mutatoins"] = document["environment"].pop("mutations")
    assert _refusal(tmp_path, "lab", document) == (
        "environments/lab.toml: [environment] has the unknown key 'mutatoins'; did you mean "
        "'mutations'?"
    )
    document = _document("lab")
    document["replicaton"] = document.pop("replication")
    assert _refusal(tmp_path, "lab", document) == (
        "environments/lab.toml: unknown section [replicaton]; did you mean [replication]?"
    )


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    document = _document("aws-example")
    document["environment"] |= {
        "sweep_target_orphans": True,
        "kind": "live",
        "name": "other",
        "reserved_keys": [2, 1],
    }
    document["values"]["rows"] = 0
    document["agreed"]["lob_max_size_kb"] = "32"
    document["source"]["host"] = "somewhere"
    document["target"]["driver_mode"] = "fat"
    document["api"]["header_path"] = "/header"
    document["colours"] = {"a": 1}
    del document["aws"]["task"]
    _write(tmp_path, "aws-example", document)
    with pytest.raises(ProfileError) as caught:
        load_profile("aws-example", tmp_path)
    first, *lines = str(caught.value).splitlines()
    assert first == "environments/aws-example.toml: 10 mistakes"
    words = (
        "unknown section [colours]",
        "name is 'other'",
        "reserved_keys must be",
        "names a secret and host",
        "driver_mode is 'fat'",
        "[aws] task is missing",
        "header_path must hold",
        "lob_max_size_kb must be",
        "rows must be 1 or more",
        "sweep_target_orphans = true",
    )
    assert [sum(word in line for line in lines) for word in words] == [1] * 10
    assert all(line.startswith("  ") for line in lines)


def test_an_empty_file_names_every_section(tmp_path: Path) -> None:
    _write(tmp_path, "lab", {})
    with pytest.raises(ProfileError, match=r"^environments/lab\.toml: 8 mistakes\n") as caught:
        load_profile("lab", tmp_path)
    assert str(caught.value).count("is missing; it needs: ") == 8


def test_a_misspelt_environment_is_told_what_it_was_meant_for() -> None:
    with pytest.raises(
        ProfileError, match="unknown environment 'lap'; did you mean 'lab'\\? known environments: "
    ):
        load_profile("lap", ROOT)


def test_a_file_that_is_not_toml_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "bad.toml").write_text("[environment\nname=", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"environments/bad\.toml is not TOML") as caught:
        load_profile("bad", tmp_path)
    assert "\n" not in str(caught.value)


def test_environments_are_sorted() -> None:
    assert environments(ROOT) == tuple(sorted(environments(ROOT)))
    assert set(EVERY) <= set(environments(ROOT))


def test_a_lab_gives_the_addresses() -> None:
    lab = {
        "aws": {"endpoint_url": "http://x:1", "region": "eu-west-1"},
        "api": {"base_url": "http://y"},
    }
    profile = load_profile("lab", ROOT).with_lab(lab)
    assert (profile.aws.endpoint_url, profile.aws.region, profile.api.base_url) == (
        "http://x:1",
        "eu-west-1",
        "http://y",
    )
    with pytest.raises(ProfileError, match="does not say 'api'"):
        profile.with_lab({"aws": lab["aws"]})
    with pytest.raises(ProfileError, match=r"says that api\.base_url is 7, not a text"):
        profile.with_lab(lab | {"api": {"base_url": 7}})
    with pytest.raises(ProfileError, match="says that aws is 'here', not an object"):
        profile.with_lab(lab | {"aws": "here"})


def _with(root: Path, name: str, more: str) -> None:
    """A profile of the project as a file of its own, with more behind it."""
    _write(root, name, _document(name))
    path = root / "environments" / f"{name}.toml"
    path.write_text(path.read_text(encoding="utf-8") + f"\n{more}", encoding="utf-8")


def test_a_profile_may_name_several_schemas(tmp_path: Path) -> None:
    document = _document("aws-example")
    document["source"]["schema"] = ["pay", "shop"]
    _write(tmp_path, "aws-example", document)
    profile = load_profile("aws-example", tmp_path)
    assert (profile.source.schema, profile.source.schemas) == ("pay", ("pay", "shop"))
    assert (profile.target.schema, profile.target.schemas) == ("TRAVELBUDDY", ("TRAVELBUDDY",))


def test_a_replication_without_a_service_has_no_api(tmp_path: Path) -> None:
    document = _document("lab")
    del document["api"]
    _write(tmp_path, "lab", document)
    profile = load_profile("lab", tmp_path)
    assert profile.api is None
    running = profile.with_lab({"aws": {"endpoint_url": "http://x:1", "region": "eu-west-1"}})
    assert (running.api, running.aws.endpoint_url) == (None, "http://x:1")
    live = _document("aws-example")
    live["environment"]["mutations"] = True
    del live["api"]
    _write(tmp_path, "aws-example", live)
    assert load_profile("aws-example", tmp_path).mutations


def test_a_group_that_is_not_judged_is_excused_by_somebody(tmp_path: Path) -> None:
    (tmp_path / "features/06-interruption").mkdir(parents=True)
    _with(tmp_path, "lab", EXCUSED)
    (excuse,) = load_profile("lab", tmp_path).excused
    assert (excuse.owner, excuse.expires) == ("operations", dt.date(2027, 3, 31))
    assert excuse.covers("06-interruption")
    assert not excuse.covers("05-values")
    assert not excuse.covers("061-more")
    assert load_profile("lab", ROOT).excused == ()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (SIGNED, "[[excused]] lacks expires"),
        (EXCUSED.replace("operations", " "), "[[excused]] needs a reason and an owner"),
        (EXCUSED.replace("operations", "TODO"), "[[excused]]: owner still says TODO"),
        (EXCUSED.replace('"06"', '"6"'), "group is '6'; groups are: 06-interruption"),
        (EXCUSED.replace("2027-03-31", '"2027-03-31"'), "[[excused]]: expires must be a date"),
        (EXCUSED + 'colour = "red"\n', "[[excused]] has the unknown key 'colour'"),
        (EXCUSED.replace("[[excused]]", "[excused]"), "excused must be [[excused]], a table for"),
    ],
)
def test_a_wrong_excuse_is_refused(tmp_path: Path, entry: str, expected: str) -> None:
    (tmp_path / "features/06-interruption").mkdir(parents=True)
    _with(tmp_path, "lab", entry)
    with pytest.raises(ProfileError) as caught:
        load_profile("lab", tmp_path)
    assert str(caught.value).startswith("environments/lab.toml: ")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_limits_are_those_of_the_profile_or_the_usual_ones(tmp_path: Path) -> None:
    _with(tmp_path, "lab", "[limits]\nlock_seconds = 2.5\nstatement_seconds = 600\n")
    assert load_profile("lab", tmp_path).limits == Limits(60.0, 2.5, 600)
    assert load_profile("lab", ROOT).limits == Limits(60.0, 10.0, 3600.0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kill", "which only a lab can do; take it out, this profile is live"),
        ("cut-oracle", "which only a lab can do"),
        ("lose-slot", "which only a lab can do"),
        ("restart", "names no SlotName: a restart would make a new slot and lose what is written"),
    ],
)
def test_a_live_profile_names_only_what_aws_can_do_without_a_loss(
    tmp_path: Path, name: str, expected: str
) -> None:
    document = _document("aws-example")
    document["environment"]["interruptions"] = ["stop", name]
    assert expected in _refusal(tmp_path, "aws-example", document)


@pytest.mark.parametrize(("name", "count"), [("lab", 6), ("aws-example", 1)])
def test_a_lab_is_interrupted_in_every_way_unless_its_profile_says_otherwise(
    tmp_path: Path, name: str, count: int
) -> None:
    document = _document(name)
    document["environment"].pop("interruptions", None)
    _write(tmp_path, name, document)
    assert len(load_profile(name, tmp_path).interruptions) == count
    document["environment"]["interruptions"] = []
    _write(tmp_path, name, document)
    assert load_profile(name, tmp_path).interruptions == ()


def test_a_live_profile_may_restart_a_task_whose_endpoint_names_the_slot(tmp_path: Path) -> None:
    document = _document("aws-example")
    document["environment"] |= {"interruptions": ["restart", "reboot-source"], "control_task": True}
    document["agreed"]["source_endpoint_attributes"] = "PluginName=pglogical; slotName=mine"
    _write(tmp_path, "aws-example", document)
    profile = load_profile("aws-example", tmp_path)
    assert profile.interruptions == ("restart", "reboot-source")
    assert not profile.interrupts("restart"), "nothing is done where mutations = false"
