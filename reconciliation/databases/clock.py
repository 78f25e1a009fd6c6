"""The clock of the replication, by which it writes when it dropped a change."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

from reconciliation.databases.aws import AwsClients

#: answers that are asked for their time: the first one may have to connect
ANSWERS = 3
#: an answer gives its time in whole seconds, without the rest
_REST = dt.timedelta(seconds=1)
_NONE = dt.timedelta(0)


def clock_offset(aws: AwsClients) -> dt.timedelta:
    """AWS's clock minus this machine's, as the Date of its answers tells it; none where they may
    well agree.

    The DMS user guide does not say by whose clock ERROR_TIME is written; the page "Apply
    exceptions" of Qlik Replicate, from which DMS comes, says "in UTC". It is taken to be that of
    the replication instance, which keeps time with the AWS API, and not that of Oracle, which may
    run elsewhere. Of what is in doubt the least is given, so that no dropped change is overlooked:
    too little by the second of the Date and the quickest answer's time. Raises EnvironmentFault.
    """
    least, most = dt.timedelta.min, dt.timedelta.max
    for _ in range(ANSWERS):
        began = dt.datetime.now(dt.UTC)
        with aws.asking("reading the time"):
            answer = aws.dms.describe_replication_tasks(MaxRecords=20)
        ended = dt.datetime.now(dt.UTC)
        told = _told(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", ""))
        if told is None:
            return _NONE
        least, most = max(least, told - ended), min(most, told + _REST - began)
    return _NONE if least <= _NONE <= most else least


def _told(date: str) -> dt.datetime | None:
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    return told if told.tzinfo else None
