"""The headers of a change, which expressions know as ``$AR_H_...`` (AWS DMS user guide, rule
expressions).

PostgreSQL's stream gives a position and a time for a transaction only: both are those of its
commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Transaction

PREFIX = "AR_H_"
_OPERATIONS = {INSERT: "INSERT", UPDATE: "UPDATE", DELETE: "DELETE"}


class Headers:
    """Those of the transaction that was begun last. Change sequences only grow, also from one run
    to the next.
    """

    def __init__(self) -> None:
        self._transaction: Transaction | None = None
        self._moment: dt.datetime | None = None
        self._latest = dt.datetime.min
        self._record = 0

    def begin(self, transaction: Transaction) -> None:
        """The changes that follow belong to this transaction."""
        self._transaction = transaction
        self._moment = _utc(transaction.commit_time)
        self._latest = max(self._latest, self._moment or dt.datetime.min)
        # a change takes more than one byte of the log: no number that was given reaches this one
        self._record = max(self._record, transaction.end_lsn)

    def of(self, operation: str) -> Mapping[str, Any]:
        """The headers of the next change, by name; to be asked once for each."""
        self._record += 1
        transaction = self._transaction
        moment = None if self._moment is None else self._moment.strftime("%Y-%m-%d %H:%M:%S.%f")
        return {
            "AR_H_STREAM_POSITION": None if transaction is None else _position(transaction.end_lsn),
            "AR_H_TIMESTAMP": moment,
            "AR_H_COMMIT_TIMESTAMP": moment,
            "AR_H_OPERATION": _OPERATIONS[operation],
            "AR_H_CHANGE_SEQ": self._sequence(),
            "AR_H_TRANSACTION_ID": None if transaction is None else f"{transaction.xid:032X}",
            "AR_H_USER": None,  # Oracle and SQL Server only
        }

    def _sequence(self) -> str:
        """35 digits: 16 of a time down to its hundredths of a second, 19 of the record."""
        hundredths = self._latest.microsecond // 10_000
        return f"{self._latest:%Y%m%d%H%M%S}{hundredths:02}{self._record:019}".rjust(35, "0")


def _position(lsn: int) -> str:
    return f"{lsn >> 32:08X}/{lsn & 0xFFFFFFFF:08X}"


def _utc(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
