"""The sections [source] and [target] of a profile: where a database is, which schemas are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from reconciliation.agreed.profile_model import DatabaseSide, TargetSide
from reconciliation.agreed.sections import SectionReader

_SIDE = ("host", "port", "database", "user_env", "password_env")

Side = TypeVar("Side", DatabaseSide, TargetSide)


class SideReader(SectionReader):
    """Reads both sides."""

    def target(self) -> TargetSide | None:
        side = self.side("target", TargetSide)
        if side is not None:
            self.choice("target", "driver_mode", side.driver_mode, ("thin", "thick"))
            self.choice("target", "connect_as", side.connect_as, ("service", "sid"))
        return side

    def side(self, name: str, cls: type[Side]) -> Side | None:
        more = self.more_schemas(name)
        side = self.typed(name, cls)
        if side is None:
            return None
        written = [key for key in _SIDE if getattr(side, key)]
        if side.secret and written:
            self.mistakes.append(
                f"[{name}] names a secret and {written[0]} as well; give one of both"
            )
        absent = [key for key in _SIDE if key not in written]
        if not side.secret and absent:
            what = ", ".join(absent) if written else "secret"
            self.mistakes.append(
                f"[{name}] {what} is missing; give secret, or all of {', '.join(_SIDE)}"
            )
        return replace(side, more_schemas=more)

    def more_schemas(self, name: str) -> tuple[str, ...]:
        """Those beyond the first of a list, which stays behind as a single text."""
        values = self.document.get(name)
        given = values.get("schema") if isinstance(values, Mapping) else None
        if not isinstance(values, Mapping) or not isinstance(given, list):
            return ()
        schemas = [one for one in given if isinstance(one, str) and one]
        if not given or len(schemas) < len(given) or len(set(schemas)) < len(schemas):
            self.mistakes.append(
                f"[{name}] schema must be a text, or a list of different texts, it is {given!r}"
            )
            schemas = ["?"]
        self.document = {**self.document, name: {**values, "schema": schemas[0]}}
        return tuple(schemas[1:])
