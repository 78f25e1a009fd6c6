"""What a fault may be told: options with a kind and a default, read and refused before anything is
written.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab.suggestions import did_you_mean


class FaultUnknown(ValueError):  # noqa: N818 - the sentence reads so
    """No such fault or option, or a value the option cannot take; one line
    that says what there is.
    """


#: what stands for the value of an option without a default; each is one that could be meant
_PLACEHOLDERS = {"table": "schema.table", "object": "SCHEMA.NAME", "text": "NAME"}


@dataclass(frozen=True)
class Option:
    """``kind`` is whole, number, text, choice, table (of the source) or object (of the target).

    ``default`` None means that the option may be left out.
    """

    kind: str
    default: Any
    says: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False

    def read(self, fault: str, name: str, value: Any) -> Any:
        """The value, numbers also from text as the command line has them; raises FaultUnknown."""
        if self.kind in ("whole", "number"):
            return self._number(fault, name, value)
        text = value if isinstance(value, str) else None
        if self.kind == "choice" and text not in self.choices:
            raise FaultUnknown(
                f"option {name} of fault {fault} is {value!r}; it must be one of "
                f"{list(self.choices)}"
            )
        if self.kind in ("table", "object") and (
            text is None or text.count(".") != 1 or not all(text.split("."))
        ):
            raise FaultUnknown(
                f"option {name} of fault {fault} is {value!r}; it must be written schema.name"
            )
        if not text and not (self.kind == "text" and text == ""):
            raise FaultUnknown(f"option {name} of fault {fault} is {value!r}; it must be a text")
        return text

    def _number(self, fault: str, name: str, value: Any) -> int | float:
        read: Any = value
        if isinstance(value, str):
            try:
                read = (
                    float(value) if any(character in value for character in ".eE") else int(value)
                )
            except ValueError:
                read = None
        whole = self.kind == "whole"
        wanted = int if whole else int | float
        inside = isinstance(read, wanted) and not isinstance(read, bool)
        inside = (
            inside
            and (self.least is None or read >= self.least)
            and (self.most is None or read <= self.most)
        )
        if not inside:
            raise FaultUnknown(
                f"option {name} of fault {fault} is {value!r}; it must be "
                f"a{' whole' if whole else ''} number"
                f"{self._limits}"
            )
        return read

    @property
    def needed(self) -> Option:
        """The same as an option that has to be given."""
        return replace(self, required=True)

    @property
    def _limits(self) -> str:
        least = "" if self.least is None else f" of at least {self.least:g}"
        return least + (
            "" if self.most is None else f"{' and' if least else ' of'} at most {self.most:g}"
        )

    def shown(self, name: str) -> str:
        """The option as it is typed behind ``lab fault on``: with its default, required ones
        marked.
        """
        value = _PLACEHOLDERS[self.kind] if self.default is None else str(self.default)
        typed = [f"--{name}", value] if name in SCOPE else ["--option", f"{name}={value}"]
        return shlex.join(typed) + (" (required)" if self.required else "")


def whole(default: int, says: str, least: int | None = None, most: int | None = None) -> Option:
    """A whole number."""
    return Option("whole", default, says, least, most)


def number(
    default: float, says: str, least: float | None = None, most: float | None = None
) -> Option:
    """A number."""
    return Option("number", default, says, least, most)


def text(default: str | None, says: str, *, required: bool = False) -> Option:
    """Any text."""
    return Option("text", default, says, required=required)


def choice(default: str, *others: str, says: str) -> Option:
    """One of several words."""
    return Option("choice", default, says, choices=(default, *others))


def target_object(says: str) -> Option:
    """A table or sequence of the target, which has to be given."""
    return Option("object", None, f"{says}, as the target names it: SCHEMA.NAME", required=True)


#: the scope of a fault; each fault says which of these it takes
SCOPE: Mapping[str, Option] = {
    "table": Option("table", None, "only this table, as the source names it: schema.table"),
    "column": Option("text", None, "only this column, as the source names it"),
    "every": Option("whole", 1, "only every nth of what the fault concerns", 1),
    "probability": Option("number", 1, "only with this probability, from 0 to 1", 0, 1),
    "seed": Option("whole", 0, "seed of the probability: the same changes every time"),
}


def read_options(
    fault: str, known: Mapping[str, Option], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The given options with their values read; raises FaultUnknown for one that the fault does not
    take.
    """
    for name in given:
        if name not in known:
            all_there_are = f"it has: {', '.join(known) or 'none'}"
            raise FaultUnknown(
                f"fault {fault} has no option {name!r}{did_you_mean(name, known, all_there_are)}"
            )
    for name, option in known.items():
        if option.required and name not in given:
            raise FaultUnknown(f"fault {fault} needs the option {name}: {option.says}")
    if "seed" in given and "probability" not in given:
        raise FaultUnknown(
            f"option seed of fault {fault} says nothing without the option probability"
        )
    return {name: known[name].read(fault, name, value) for name, value in given.items()}
