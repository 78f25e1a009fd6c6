"""The state file, the specification, and the process as another process sees it."""

from __future__ import annotations

import json
import signal
import stat
from collections import Counter
from pathlib import Path

import pytest

from lab.dms.__main__ import main
from lab.dms.agreed.spec import SpecError, parse_spec, read_spec, write_spec
from lab.dms.agreed.switches import SwitchError, describe_switches, parse_switches
from lab.dms.control import TaskProcess
from lab.dms.directory.state import FILE_NAME, StateUnusable, TaskState
from tests.dms.worlds import spec_content
from tests.waiting import LONG_SECONDS

NAME = ("s", "t")


def counters(state: TaskState) -> tuple[int, int]:
    [row] = state.statistics()
    return row["inserts"], row["applied_inserts"]


@pytest.fixture
def state(tmp_path: Path) -> TaskState:
    state = TaskState(tmp_path)
    state.register_table(*NAME)
    yield state
    state.close()


def test_applied_counts_only_once_the_target_has_committed(state: TaskState) -> None:
    state.note_group(
        Counter({(*NAME, "inserts"): 2}), 10, Counter({(*NAME, "applied_inserts"): 2}), 10
    )
    assert counters(state) == (2, 0)
    state.settle(10)
    assert counters(state) == (2, 2)
    state.settle(10)
    assert counters(state) == (2, 2)


def test_a_group_the_target_did_not_commit_is_not_counted(state: TaskState) -> None:
    state.note_group(Counter(), 10, Counter({(*NAME, "applied_inserts"): 2}), 10)
    state.settle(9)
    assert counters(state) == (0, 0)


def test_a_table_is_suspended_only_once_the_target_has_committed(state: TaskState) -> None:
    state.note_group(Counter(), 10, Counter(), 10, {NAME: "Table error"})
    assert state.tables_in_state("Table error") == set()
    state.settle(9)
    assert state.tables_in_state("Table error") == set()
    state.note_group(Counter(), 10, Counter(), 10, {NAME: "Table error"})
    state.settle(10)
    assert state.tables_in_state("Table error") == {NAME}


def test_a_state_that_cannot_grow_is_one_clear_line_and_stays_whole(state: TaskState) -> None:
    pages = state._db.execute("PRAGMA page_count").fetchone()[0]
    state._db.execute(f"PRAGMA max_page_count = {pages}")
    many = Counter({("s", f"table {number:0100d}", "inserts"): 1 for number in range(1000)})
    with pytest.raises(
        StateUnusable,
        match=r"task\.sqlite cannot be written \(database or disk is full\); make room",
    ):
        state.note_group(many, 10, Counter(), 10)
    assert counters(state) == (0, 0)
    assert state.get("captured_lsn") is None
    state._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    state.note_group(many, 10, Counter(), 10)
    assert len(state.statistics()) == 1001


def test_a_state_that_cannot_be_opened_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "spec.json", spec_content())
    (tmp_path / FILE_NAME).mkdir()
    assert main(["--task-dir", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(
        f"lab.dms: The task's state in {tmp_path / FILE_NAME} cannot be written (unable to open"
    )


def test_a_directory_that_does_not_exist_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--task-dir", str(tmp_path / "none")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "No such file or directory" in line


def test_asked_to_stop_before_it_has_begun(tmp_path: Path) -> None:
    process = TaskProcess(tmp_path / "TASK")
    process.start(spec_content(), "start-replication")
    # it lives, and is still loading its drivers
    process._child.send_signal(signal.SIGTERM)
    assert process._child.wait(LONG_SECONDS) == 0
    assert (process.status().state, process.status().stop_reason) == (
        "stopped",
        "Stop Reason NORMAL",
    )


def test_a_task_that_never_ran_is_ready(tmp_path: Path) -> None:
    process = TaskProcess(tmp_path / "TASK")
    assert process.status().state == "ready"
    assert process.statistics() == []
    process.stop()
    assert process.status().state == "ready"


def test_status_and_statistics_are_read_by_another(tmp_path: Path, state: TaskState) -> None:
    state.set(
        state="stopped", stop_reason="Stop Reason NORMAL", start_date="2026-11-21T12:00:00+00:00"
    )
    state.settle(0x16B374D848)
    state.set_table_state(*NAME, "Table error")
    status = TaskProcess(tmp_path).status()
    assert (status.state, status.stop_reason, status.cdc_position) == (
        "stopped",
        "Stop Reason NORMAL",
        "16/B374D848",
    )
    assert status.recovery_checkpoint == "checkpoint:V1#1#00000016/B374D848#0#0#*#0#0"
    assert status.start_date.isoformat() == "2026-11-21T12:00:00+00:00"
    [row] = TaskProcess(tmp_path).statistics()
    assert (row.schema_name, row.table_name, row.table_state, row.full_load_rows) == (
        "s",
        "t",
        "Table error",
        0,
    )


def test_a_dead_process_shows_as_failed(tmp_path: Path, state: TaskState) -> None:
    state.set(state="running")
    status = TaskProcess(tmp_path).status()
    assert status.state == "failed"
    assert "ended unexpectedly" in status.last_failure_message


def test_a_task_without_its_databases_fails_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    process = TaskProcess(tmp_path / "dms" / "TASK")
    content = spec_content(settings={"ErrorBehavior": {"RecoverableErrorCount": 0}})
    process.start(content, "start-replication")
    process._child.wait(LONG_SECONDS)
    status = process.status()
    assert status.state == "failed"
    assert status.last_failure_message.startswith(
        "Last Error  Task 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' was stopped after 0"
    )
    assert "Failed to connect to the target database" in status.last_failure_message
    assert status.last_failure_message.endswith("Stop Reason FATAL_ERROR Error Level FATAL")
    written = (tmp_path / "log" / "dms.log").read_text()
    assert "[TASK_MANAGER    ]E:  Last Error" in written
    assert "s3cret" not in written + status.last_failure_message


def test_specifications_are_private_and_name_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    with pytest.raises(SpecError, match="has not been started"):
        read_spec(path)
    write_spec(path, spec_content())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "s3cret" not in repr(read_spec(path))
    path.write_text("{")
    with pytest.raises(SpecError, match="not JSON"):
        read_spec(path)
    path.write_text(json.dumps({"resource_id": "X"}))
    with pytest.raises(SpecError, match="key 'task_identifier' is missing"):
        read_spec(path)


def test_a_broken_specification_is_said_to_the_caller(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "spec.json", spec_content(switches={"speed": "warp"}))
    assert main(["--task-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "switch 'speed' is unknown; there are: " in said
    assert "array_apply" in said
    assert TaskProcess(tmp_path).status().state == "failed"


def test_switches_refuse_what_they_cannot_be() -> None:
    with pytest.raises(SwitchError, match="it must be one of: skip, fail"):
        parse_switches({"missing_target_column": "maybe"})
    with pytest.raises(SwitchError, match="must be a number"):
        parse_switches({"slot_wait_limit_seconds": "long"})
    assert parse_switches({}).column_rule_policy == "lower_rule_id_wins"
    assert all(meaning for _, _, meaning in describe_switches())


def test_endpoint_attributes_are_read_without_regard_to_case() -> None:
    source = {"host": "h", "port": "5", "database": "d", "user": "u", "password": "p"}
    parsed = parse_spec(
        spec_content(
            source=source | {"attributes": {"PluginName": "pglogical", "TrimSpaceInChar": "false"}}
        )
    )
    assert parsed.source.flag("trimspaceinchar", True) is False
    assert parsed.source.number("unboundedVarcharMaxSize", 8000) == 8000
