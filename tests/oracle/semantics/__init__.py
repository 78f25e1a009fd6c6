"""What Oracle stores and computes, from its documentation and Python's own arithmetic; nothing of
the server is used.

A function takes what a program writes and returns what a column then holds, or raises ``Refusal``
with Oracle's code.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - not a failure: the expected outcome of a value that does not fit
    """Oracle refuses the value: the ORA number, and for ORA-12899 the measure of the value and the
    largest allowed.
    """

    def __init__(self, code: int, actual: int | None = None, maximum: int | None = None) -> None:
        super().__init__(code, actual, maximum)
        self.code, self.actual, self.maximum = code, actual, maximum

    def explains(self, text: str) -> bool:
        """Whether an error's text is that of this refusal."""
        sizes = (
            f"(actual: {self.actual}, maximum: {self.maximum})" if self.actual is not None else ""
        )
        return text.startswith(f"ORA-{self.code:05d}: ") and sizes in text
