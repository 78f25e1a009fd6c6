from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exit_codes import ExitCode
from lab.core.paths import ROOT, lab_paths
from tests.lab.command import (
    accepts,
    all_processes,
    components,
    environment_with,
    is_alive,
    listen_apart,
    listeners,
    processes_of,
    run_lab,
    still_listening,
)
from tests.waiting import LONG_SECONDS, wait_for

_DUMMIES = [sys.executable, "-m", "tests.lab.lab_of_dummies"]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(state_dir: Path, request: pytest.FixtureRequest) -> Start:
    """Start a supervisor of dummies in the foreground; ended after the test."""

    def launch(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        lab_id = lab_paths("lab", state_dir).lab_id
        process = subprocess.Popen(
            [
                *_DUMMIES,
                "--environment",
                "lab",
                "--state-dir",
                str(state_dir),
                "--json",
                *arguments,
            ],
            cwd=ROOT,
            env=environment_with(LAB_ID=lab_id, **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        request.addfinalizer(lambda: end(process))
        return process

    def end(process: subprocess.Popen[str]) -> None:
        process.terminate()
        process.communicate(timeout=LONG_SECONDS)

    return launch


def first_line(process: subprocess.Popen[str]) -> dict[str, dict[str, object]]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_up_in_the_foreground_and_down_by_ctrl_c(start: Start, state_dir: Path) -> None:
    lab = start()
    access = first_line(lab)
    assert set(access) == {"environment", "postgres", "oracle", "aws", "api", "suite"}
    ports = [part["port"] for part in components(state_dir) if part["port"]]
    assert len(ports) == 5
    assert all(accepts(port) for port in ports)
    sockets = listeners(ports)
    lab.send_signal(signal.SIGINT)
    _, progress = lab.communicate(timeout=LONG_SECONDS)
    assert lab.returncode == ExitCode.INTERRUPTED
    assert "the lab 'lab' is up" in progress
    assert not still_listening(sockets)
    assert processes_of(state_dir) == []
    assert list(state_dir.iterdir()) == [state_dir / "lab.lock"]


def test_secrets_are_for_the_owner_only(start: Start, state_dir: Path) -> None:
    lab = start()
    password = str(first_line(lab)["postgres"]["password"])
    for path in (state_dir / "lab").rglob("*"):
        if (
            path.is_file()
            and "/postgres/" not in str(path)
            and password.encode() in path.read_bytes()
        ):
            assert path.stat().st_mode & 0o077 == 0, path
    assert not any(password in text for text in all_processes("cmdline").values())
    lab.terminate()
    assert password not in lab.communicate(timeout=LONG_SECONDS)[1]


@pytest.mark.parametrize("component", ["oracle", "api", "aws"])
def test_a_component_that_fails_is_named_and_everything_is_stopped(
    start: Start, state_dir: Path, component: str
) -> None:
    lab = start(DUMMY_FAULT=f"{component}=refuse")
    output, progress = lab.communicate(timeout=LONG_SECONDS)
    assert lab.returncode == ExitCode.NOT_JUDGED
    assert output == ""
    lines = progress.splitlines()
    assert lines[-1] == f"{component} ended with exit code 3 while starting"
    assert lines[-2] == f"    {component} is not in the mood"
    assert processes_of(state_dir) == []
    assert not (state_dir / "lab").exists()


def test_down_interrupts_a_start_that_hangs(start: Start, state_dir: Path) -> None:
    lab = start(DUMMY_FAULT="api=hang")
    wait_for((state_dir / "lab" / "log" / "api.log").exists)
    outcome = run_lab("down", state_dir=state_dir)
    assert outcome.returncode == 0
    _, progress = lab.communicate(timeout=LONG_SECONDS)
    assert lab.returncode == ExitCode.INTERRUPTED
    # otherwise it gave up
    assert (
        progress.splitlines()[-1] == "the start was interrupted; nothing of the lab is left running"
    )
    assert processes_of(state_dir) == []


def test_down_lets_the_supervisor_end_in_order(start: Start, state_dir: Path) -> None:
    lab = start()
    first_line(lab)
    assert run_lab("down", state_dir=state_dir).returncode == 0
    assert lab.wait(LONG_SECONDS) == ExitCode.INTERRUPTED


def test_components_do_not_outlive_a_killed_supervisor_and_the_rest_is_swept(
    start: Start, state_dir: Path
) -> None:
    lab = start()
    first_line(lab)
    parts = {part["name"]: part["pid"] for part in components(state_dir)}
    lab.kill()
    lab.wait()
    wait_for(lambda: not any(is_alive(parts[name]) for name in ("oracle", "api", "aws")))
    assert is_alive(parts["postgres"]), "the test needs something left to sweep"
    again = start()
    first_line(again)
    assert not is_alive(parts["postgres"])
    assert {part["pid"] for part in components(state_dir)}.isdisjoint(parts.values())


def test_a_part_that_ends_by_itself_is_told_and_shown(start: Start, state_dir: Path) -> None:
    lab = start()
    first_line(lab)
    oracle = next(part for part in components(state_dir) if part["name"] == "oracle")
    os.kill(oracle["pid"], signal.SIGKILL)
    wait_for(
        lambda: any(
            part["name"] == "oracle" and not part["alive"] for part in components(state_dir)
        )
    )
    outcome = run_lab("status", state_dir=state_dir)
    assert outcome.returncode == ExitCode.NOT_JUDGED
    assert f"oracle       DEAD   pid {oracle['pid']}" in outcome.stdout
    assert lab.stderr is not None
    assert any("oracle (exit code -9) ended by itself" in line for line in lab.stderr)


def test_the_server_account_cannot_reach_the_state_directory(start: Start, state_dir: Path) -> None:
    state_dir.chmod(0o700)
    lab = start()
    assert accepts(int(str(first_line(lab)["postgres"]["port"])))
    outside = lab_paths("lab", state_dir).outside_clusters
    assert outside.exists() is (os.geteuid() == 0)
    lab.terminate()
    lab.communicate(timeout=LONG_SECONDS)
    assert not outside.exists()


def test_configured_ports(start: Start, state_dir: Path, tmp_path: Path) -> None:
    for directory in ("environments", "lab/worlds"):
        shutil.copytree(ROOT / directory, tmp_path / directory)
    with listen_apart() as taken:
        port = taken.getsockname()[1]
        with (tmp_path / "environments/lab.toml").open("a") as profile:
            profile.write(f"\n[lab.ports]\noracle = {port}\n")
        refused = start("--root", str(tmp_path))
        _, progress = refused.communicate(timeout=LONG_SECONDS)
        assert refused.returncode == ExitCode.NOT_JUDGED
        assert progress.splitlines()[-1].startswith(
            f"port {port}, configured for oracle in [lab.ports], is in use"
        )
    assert first_line(start("--root", str(tmp_path)))["oracle"]["port"] == port
    assert {part["name"]: part["port"] for part in components(state_dir)}["oracle"] == port


def test_the_source_is_restarted_when_somebody_asks_for_it(start: Start, state_dir: Path) -> None:
    def source() -> dict[str, object]:
        return next(part for part in components(state_dir) if part["name"] == "postgres")

    lab = start()
    first_line(lab)
    before, paths = source(), lab_paths("lab", state_dir)
    paths.restart_file.touch()
    wait_for(lambda: not paths.restart_file.exists())
    wait_for(lambda: source()["pid"] != before["pid"])  # the state is written behind the restart
    after = source()
    assert (after["port"], after["alive"]) == (before["port"], True)
    assert not is_alive(before["pid"])
    assert accepts(after["port"])
    lab.send_signal(signal.SIGINT)
    _, progress = lab.communicate(timeout=LONG_SECONDS)
    assert f"postgres: restarted on port {before['port']}" in progress
    assert "ended by itself" not in progress
    assert processes_of(state_dir) == []
