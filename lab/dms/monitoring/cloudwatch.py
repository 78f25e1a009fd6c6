"""CloudWatch Logs as the place where a task's log lines go."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lab.dms.agreed.spec import LogTarget


class CloudWatchStream:
    """Puts batches of lines into one stream, which it creates when it is absent. Used from one
    thread.
    """

    def __init__(self, target: LogTarget) -> None:
        self._target = target
        self._client: Any = None

    def __call__(self, batch: list[tuple[str, int]]) -> None:
        """Put a batch of (line, milliseconds since the epoch); raises what botocore raises."""
        if self._client is None:
            self._client = self._connect()
        self._client.put_log_events(
            logGroupName=self._target.group,
            logStreamName=self._target.stream,
            logEvents=[
                {"message": line, "timestamp": milliseconds} for line, milliseconds in batch
            ],
        )

    def _connect(self) -> Any:
        # imported here: boto3 takes a good part of a second, which the start of a task need not
        # wait for
        import boto3
        from botocore.config import Config

        client = boto3.client(
            "logs",
            endpoint_url=self._target.endpoint_url,
            region_name=self._target.region,
            aws_access_key_id="lab",
            aws_secret_access_key="lab",
            config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1}),
        )
        exists = client.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            client.create_log_group(logGroupName=self._target.group)
        with suppress(exists):
            client.create_log_stream(
                logGroupName=self._target.group, logStreamName=self._target.stream
            )
        return client
