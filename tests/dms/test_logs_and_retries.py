"""Log lines, their way to CloudWatch, and the pauses after recoverable errors."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest

from lab.dms.agreed.settings import parse_settings
from lab.dms.agreed.spec import parse_spec
from lab.dms.directory.state import TaskState
from lab.dms.ground.errors import Recoverable, TaskFailed
from lab.dms.ground.logs import LogShipper, TaskLog
from lab.dms.task.retry import Retry, Stopped
from lab.dms.task.task import Task
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.worlds import spec_content
from tests.waiting import LONG_SECONDS


def test_lines_follow_the_grammar() -> None:
    written = io.StringIO()
    log = TaskLog(stream=written)
    log.error("TARGET_APPLY", "it broke")
    log.warning("METADATA_MANAGER", "odd")
    first, second = written.getvalue().splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d \[TARGET_APPLY    \]E:  it broke  "
        r"\(test_logs_and_retries\.c:\d+\)",
        first,
    )
    assert "[METADATA_MANAGE ]W:  odd" in second


def test_a_host_without_an_address_is_told_as_odbc_tells_it(tmp_path: Path) -> None:
    source = {
        "host": "nowhere.invalid",
        "port": 1,
        "database": "dso",
        "user": "dmsuser",
        "password": "s3cret",
    }
    written = io.StringIO()
    state = TaskState(tmp_path)
    task = Task(
        parse_spec(spec_content(source=source, switches={"recoverable_interval_seconds": 0.001})),
        tmp_path,
        state,
        TaskLog(stream=written),
        connect_target=lambda _: FakeTarget(FakeDatabase()),
    )
    with pytest.raises(TaskFailed, match="could not translate host name"):
        task.run("start-replication")
    state.close()
    told = (
        "RetCode: SQL_ERROR  SqlState: 08001 NativeError: 101 Message: [unixODBC]could not "
        "translate host name"
    )
    line = next(line for line in written.getvalue().splitlines() if told in line)
    assert "[METADATA_MANAGE ]E:  RetCode" in line
    assert "[1022502]  (" in line
    assert "s3cret" not in written.getvalue()


def test_severities_of_components_are_respected() -> None:
    written = io.StringIO()
    log = TaskLog({"SORTER": "LOGGER_SEVERITY_WARNING"}, stream=written)
    log.info("SORTER", "quiet")
    log.warning("SORTER", "loud")
    log.info("TASK_MANAGER", "normal")
    assert "quiet" not in written.getvalue()
    assert len(written.getvalue().splitlines()) == 2


def test_lines_are_shipped_in_batches_and_again_after_a_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shipped: list[tuple[str, int]] = []
    failures = [ConnectionError("away")]

    def put(batch: list[tuple[str, int]]) -> None:
        if failures:
            raise failures.pop()
        shipped.extend(batch)

    shipper = LogShipper(put, pause=0.01)
    for number in range(5):
        shipper(f"line {number}", number)
    shipper.close(LONG_SECONDS)
    assert [line for line, _ in shipped] == [f"line {number}" for number in range(5)]
    assert "log lines could not be shipped: away" in capsys.readouterr().err


def test_a_full_queue_drops_lines_and_says_so() -> None:
    shipped: list[str] = []
    gate = threading.Event()

    def put(batch: list[tuple[str, int]]) -> None:
        gate.wait(LONG_SECONDS)
        shipped.extend(line for line, _ in batch)

    shipper = LogShipper(put, pause=0.01, limit=2)
    for number in range(50):
        shipper(f"line {number}", number)
    gate.set()
    shipper.close(LONG_SECONDS)
    assert any("log lines were dropped" in line for line in shipped)


def retry(stop: threading.Event, **errors: object) -> Retry:
    settings = parse_settings({"ErrorBehavior": {"RecoverableErrorInterval": 0.001} | errors})
    return Retry(settings.errors, "TASK", stop, starting=True)


def test_attempts_end_with_a_failure() -> None:
    attempts = retry(threading.Event())
    for _ in range(6):
        attempts.wait(Recoverable("away"))
    with pytest.raises(TaskFailed, match="Task 'TASK' was stopped after 6 recovery attempts: away"):
        attempts.wait(Recoverable("away"))


def test_a_stop_ends_the_waiting() -> None:
    stop = threading.Event()
    attempts = retry(stop, RecoverableErrorInterval=60)
    attempts.wait(Recoverable("away"))
    stop.set()
    with pytest.raises(Stopped):
        attempts.wait(Recoverable("away"))


@pytest.mark.parametrize(
    ("starting", "count", "retries"), [(False, -1, 9), (True, -1, 6), (False, 3, 3), (True, 0, 0)]
)
def test_how_often_a_recoverable_error_is_retried(starting: bool, count: int, retries: int) -> None:
    errors = parse_settings(
        {"ErrorBehavior": {"RecoverableErrorCount": count, "RecoverableErrorInterval": 0}}
    ).errors
    retry = Retry(errors, "TASK", threading.Event(), starting=starting)
    attempts: list[int] = []

    def work() -> None:
        attempts.append(1)
        raise Recoverable("lost")

    with pytest.raises(TaskFailed, match=f"stopped after {retries} recovery attempts"):
        retry.until_done(work, lambda error: None)
    assert len(attempts) == retries + 1
