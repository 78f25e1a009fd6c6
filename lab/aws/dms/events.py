"""What happened to instances and tasks: for DescribeEvents, and for EventBridge.

The ids are those of the user guide's table of event categories; DescribeEvents has no member for
them, EventBridge has.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.aws.dms.listing import page
from lab.aws.errors import invalid_combination, invalid_value

log = logging.getLogger(__name__)

INSTANCE, TASK = "replication-instance", "replication-task"
#: how far DescribeEvents looks back unless told otherwise, in minutes
DEFAULT_MINUTES = 60
_KEPT = 1000


@dataclass(frozen=True)
class Kind:
    """``category`` as DescribeEventCategories spells it, ``type`` as
    EventBridge names the event.
    """

    id: str
    source_type: str
    category: str
    type: str
    message: str


INSTANCE_CREATED = Kind(
    "DMS-EVENT-0005", INSTANCE, "creation", "INSTANCE_CREATED", "Replication instance created"
)
INSTANCE_DELETED = Kind(
    "DMS-EVENT-0003", INSTANCE, "deletion", "INSTANCE_DELETED", "Replication instance deleted"
)
INSTANCE_CHANGED = Kind(
    "DMS-EVENT-0014",
    INSTANCE,
    "configuration change",
    "INSTANCE_MODIFIED",
    "The replication instance class for this replication instance has changed.",
)
TASK_CREATED = Kind(
    "DMS-EVENT-0074",
    TASK,
    "creation",
    "REPLICATION_TASK_CREATED",
    "The replication task has been created.",
)
TASK_DELETED = Kind(
    "DMS-EVENT-0073",
    TASK,
    "deletion",
    "REPLICATION_TASK_DELETED",
    "The replication task has been deleted.",
)
TASK_STARTED = Kind(
    "DMS-EVENT-0069",
    TASK,
    "state change",
    "REPLICATION_TASK_STARTED",
    "Replication task started, with flag, {detail}",
)
TASK_STOPPED = Kind(
    "DMS-EVENT-0079",
    TASK,
    "state change",
    "REPLICATION_TASK_STOPPED",
    "Replication task stopped. {detail}",
)
TASK_FAILED = Kind("DMS-EVENT-0078", TASK, "failure", "REPLICATION_TASK_FAILED", "{detail}")
TASK_CHANGED = Kind(
    "DMS-EVENT-0080",
    TASK,
    "configuration change",
    "REPLICATION_TASK_MODIFIED",
    "The replication task was modified.",
)
_KINDS = tuple(value for value in globals().copy().values() if isinstance(value, Kind))
CATEGORIES = {
    kind: sorted({one.category for one in _KINDS if one.source_type == kind})
    for kind in (INSTANCE, TASK)
}
_DETAIL_TYPES = {
    INSTANCE: "DMS Replication Instance State Change",
    TASK: "DMS Replication Task State Change",
}

#: takes an event as EventBridge delivers it
Publish = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Event:
    kind: Kind
    identifier: str
    message: str
    date: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        return {
            "SourceIdentifier": self.identifier,
            "SourceType": self.kind.source_type,
            "Message": self.message,
            "EventCategories": [self.kind.category],
            "Date": self.date,
        }


class EventLog:
    """Remembers events and tells EventBridge of them; what EventBridge does
    with them stops nobody.
    """

    def __init__(self, publish: Publish = lambda event: None) -> None:
        self._publish = publish
        self._events: list[Event] = []

    def note(self, kind: Kind, identifier: str, arn: str, detail: str = "") -> None:
        event = Event(kind, identifier, kind.message.format(detail=detail))
        self._events = [*self._events[-_KEPT + 1 :], event]
        try:
            self._publish(_envelope(event, arn))
        except Exception:
            log.exception("event %s of %s", kind.id, identifier)

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeEvents: the last hour unless a time or a duration says
        otherwise, oldest first.
        """
        identifier, kind = parameters.get("SourceIdentifier"), parameters.get("SourceType")
        if identifier is not None and kind is None:
            raise invalid_combination("SourceType is needed with SourceIdentifier")
        _check_source_type(kind)
        begin, end = _span(parameters)
        categories = {category.lower() for category in parameters.get("EventCategories", ())}
        instances = _instances(parameters.get("Filters"))
        found = [
            event
            for event in self._events
            if begin <= event.date <= end
            and identifier in (None, event.identifier)
            and kind in (None, event.kind.source_type)
            and (not categories or event.kind.category in categories)
            and (
                instances is None
                or (event.kind.source_type == INSTANCE and event.identifier in instances)
            )
        ]
        shown, marker = page(found, parameters)
        return {"Marker": marker, "Events": [event.describe() for event in shown]}

    def categories(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        wanted = parameters.get("SourceType")
        _check_source_type(wanted)
        groups = [
            {"SourceType": kind, "EventCategories": categories}
            for kind, categories in CATEGORIES.items()
            if wanted in (None, kind)
        ]
        return {"EventCategoryGroupList": groups}


def _envelope(event: Event, arn: str) -> dict[str, Any]:
    kind = event.kind
    detail = {
        "eventId": kind.id,
        "eventType": kind.type,
        "detailMessage": event.message,
        "type": kind.source_type.upper().replace("-", "_"),
        "category": kind.category.title().replace(" ", ""),
    }
    account, region = arn.split(":")[4], arn.split(":")[3]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[kind.source_type],
        "source": "aws.dms",
        "account": account,
        "time": f"{event.date:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [arn],
        "detail": detail,
    }


def _check_source_type(kind: str | None) -> None:
    if kind not in (None, INSTANCE, TASK):
        raise invalid_value(f"SourceType {kind!r} must be {INSTANCE} or {TASK}")


def _span(parameters: Mapping[str, Any]) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    if "Duration" in parameters and ("StartTime" in parameters or "EndTime" in parameters):
        raise invalid_combination("Give either Duration or StartTime and EndTime")
    minutes = parameters.get("Duration", DEFAULT_MINUTES)
    return _time(parameters.get("StartTime"), now - timedelta(minutes=minutes)), _time(
        parameters.get("EndTime"), now
    )


def _time(seconds: Any, otherwise: datetime) -> datetime:
    return otherwise if seconds is None else datetime.fromtimestamp(float(seconds), UTC)


def _instances(filters: list[dict[str, Any]] | None) -> set[str] | None:
    names: set[str] | None = None
    for one in filters or ():
        if one["Name"] != "replication-instance-id":
            raise invalid_value(
                f"Unrecognized filter name {one['Name']!r}; valid is replication-instance-id"
            )
        names = set(one["Values"]) if names is None else names & set(one["Values"])
    return names
