"""``python -m lab.service`` as the lab's supervisor runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from lab.logins import PostgresLogin
from tests.components import run_component
from tests.waiting import LONG_SECONDS


def configuration(directory: Path, database: PostgresLogin, **changes: object) -> Path:
    document = {
        "host": "127.0.0.1",
        "port": 0,
        "source": vars(database),
        "ready_file": str(directory / "ready"),
    }
    path = directory / "service.json"
    path.write_text(json.dumps({**document, **changes}))
    return path


def test_it_serves_says_so_and_ends_on_sigterm(tmp_path: Path, database: PostgresLogin) -> None:
    with run_component(
        "lab.service", configuration(tmp_path, database), tmp_path / "ready"
    ) as component:
        url = f"http://127.0.0.1:{component.port}/travelbuddy/flightspecials"
        with urllib.request.urlopen(url, timeout=LONG_SECONDS) as answer:
            assert len(json.loads(answer.read())) == 4
    assert component.exit_code == 0
    assert "s3cret" not in component.output


@pytest.mark.parametrize("broken", ["port", "source", "taken"])
def test_a_bad_configuration_is_one_clear_line(
    tmp_path: Path, database: PostgresLogin, broken: str
) -> None:
    if broken == "taken":
        path = configuration(tmp_path, database, port=database.port)
        expected = f"cannot listen on 127.0.0.1:{database.port}"
    else:
        path = configuration(tmp_path, database)
        document = json.loads(path.read_text())
        del document[broken]
        path.write_text(json.dumps(document))
        expected = f"the key '{broken}' is missing"
    ended = subprocess.run(
        [sys.executable, "-m", "lab.service", "--config", str(path)],
        capture_output=True,
        text=True,
        timeout=LONG_SECONDS,
    )
    assert ended.returncode == 2
    assert expected in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
