"""CloudWatch Logs: kept by moto, with filter patterns of our own.

moto's FilterLogEvents knows one word or one quoted term and takes every other pattern for
"everything". Here terms, quoted terms, ``?optional``, ``-excluded`` and ``%regular expression%``
work (see ``log_patterns``); JSON and space-delimited patterns are refused, as are Insights queries,
whose filters moto ignores.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from lab.aws.errors import AwsError
from lab.aws.json_client import JsonClient
from lab.aws.log_patterns import PatternError, parse_pattern
from lab.serving import WsgiApplication

TARGET_PREFIX = "Logs_20140328"
#: where an EventBridge rule for DMS would deliver to; in the lab it always does
EVENTS_GROUP, EVENTS_STREAM = "/aws/events/dms", "events"


class LogStore:
    """Log groups and streams for the lab's own components; ``endpoint_url`` is where those send
    their events.
    """

    def __init__(self, application: WsgiApplication, region: str) -> None:
        self.endpoint_url = ""
        self.region = region
        self._client = JsonClient(
            application, service="logs", target_prefix=TARGET_PREFIX, region=region
        )

    def ensure(self, group: str, stream: str) -> None:
        """Create log group and stream unless they exist."""
        self._create("CreateLogGroup", logGroupName=group)
        self._create("CreateLogStream", logGroupName=group, logStreamName=stream)

    def size(self, group: str, stream: str) -> int:
        """Bytes of a stream's messages; 0 for one that does not exist."""
        try:
            found = self._client.call(
                "DescribeLogStreams", logGroupName=group, logStreamNamePrefix=stream
            )
        except AwsError:
            return 0
        return sum(
            one["storedBytes"] for one in found["logStreams"] if one["logStreamName"] == stream
        )

    def deliver_event(self, event: Mapping[str, Any]) -> None:
        """Keep an event of EventBridge as a rule with a log group for a target would."""
        self.ensure(EVENTS_GROUP, EVENTS_STREAM)
        entry = {"message": json.dumps(event), "timestamp": int(time.time() * 1000)}
        self._client.call(
            "PutLogEvents",
            logGroupName=EVENTS_GROUP,
            logStreamName=EVENTS_STREAM,
            logEvents=[entry],
        )

    def _create(self, operation: str, **parameters: str) -> None:
        try:
            self._client.call(operation, **parameters)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise


class LogsFront:
    """The operations that moto does wrongly, done rightly or refused."""

    def __init__(self, application: WsgiApplication, region: str) -> None:
        self._client = JsonClient(
            application, service="logs", target_prefix=TARGET_PREFIX, region=region
        )
        self.operations = {
            "FilterLogEvents": self.filter_log_events,
            "StartQuery": self.start_query,
        }

    def filter_log_events(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """One page of moto's events without those the pattern leaves out; AWS, too, may return
        empty pages.
        """
        rest = {name: value for name, value in parameters.items() if name != "filterPattern"}
        try:
            matches = parse_pattern(parameters.get("filterPattern", ""))
        except PatternError as error:
            raise AwsError("InvalidParameterException", str(error)) from None
        found = self._client.call("FilterLogEvents", **rest)
        found["events"] = [event for event in found["events"] if matches(event["message"])]
        return found

    def start_query(self, parameters: dict[str, Any]) -> dict[str, Any]:
        raise AwsError(
            "NotImplemented",
            "the lab's CloudWatch Logs do no Insights queries; use FilterLogEvents",
            501,
        )
