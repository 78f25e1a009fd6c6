"""The lab's command line: options may stand anywhere, and wrong usage is one line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from exit_codes import ExitCode
from lab.suggestions import did_you_mean


class Parser(argparse.ArgumentParser):
    """A parser, with sub-commands or without, that ends wrong usage with one line and
    ExitCode.USAGE.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        more = "" if message.endswith("?") else f"; {self.prog} --help shows what there is"
        self.exit(int(ExitCode.USAGE), f"{self.prog}: {message}{more}\n")

    def parse_anywhere(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parse a command whose options may stand before, between and behind its words."""
        options, extra = self.parse_known_args(self._words_first(arguments))
        if extra:
            self.error(f"{' '.join(extra)} does not belong to this command")
        return options

    def _words_first(self, arguments: Sequence[str]) -> list[str]:
        """The same arguments, the options behind the words: only then argparse finds each where it
        belongs.
        """
        with_value = dict(_options(self))
        words: list[str] = []
        options: list[str] = []
        rest = iter(arguments)
        for argument in rest:
            if not argument.startswith("-"):
                words.append(argument)
                continue
            name, equals, _ = argument.partition("=")
            if name not in with_value:
                self.error(f"unknown option {name}{did_you_mean(name, with_value)}")
            options.append(argument)
            if with_value[name] and not equals:
                options += [value for value in [next(rest, None)] if value is not None]
        return words + options


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, bool]]:
    """Every option of the parser and of its sub-commands, and whether a value follows it."""
    for action in parser._actions:
        yield from ((name, action.nargs != 0) for name in action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _options(command)
