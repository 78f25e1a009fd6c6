"""What a sentence that acts asks of a story, in tests without one: it is done at once."""

from __future__ import annotations

from collections.abc import Callable

from fixtures.scenario.plan import Deed, Plan


class AtOnce:
    """``ends`` are what is to be done at the scenario's end."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.ends: list[Callable[[], object]] = []

    def do(self, sentence: Callable[[], object]) -> Deed:
        deed = self.plan.begin()
        deed.say(sentence)
        deed.do()
        return deed

    def at_the_end(self, work: Callable[[], object]) -> None:
        self.ends.append(work)
