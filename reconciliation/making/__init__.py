"""Rows of a run's own for any mapped table: keys, values and parents, as data."""

from reconciliation.making.maker import Maker
from reconciliation.making.model import Act, Delete, Insert, OwnRow, Update

__all__ = ["Act", "Delete", "Insert", "Maker", "OwnRow", "Update"]
