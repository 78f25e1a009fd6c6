"""What data masking rules do to values (AWS DMS user guide, "Using data masking to hide sensitive
information").
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lab.dms.mapping.columns import Mask
from lab.dms.mapping.expressions import ExpressionError
from lab.dms.mapping.rules import DIGITS_MASK, DIGITS_RANDOMIZE, HASH_MASK

_TEXTS = ("string", "wstring")
_NUMBERS = ("int", "numeric")
#: which kinds of values each mask can be applied to
SUPPORTED = {DIGITS_MASK: _TEXTS, DIGITS_RANDOMIZE: (*_TEXTS, *_NUMBERS), HASH_MASK: _TEXTS}
_DIGIT = re.compile("[0-9]")


class MaskingError(ExpressionError):
    """A mask cannot be applied to values of a column's type; DataMaskingErrorPolicy decides about
    the record.
    """


def masker(mask: Mask, kind: str, column: str, seed: str | None) -> Callable[[Any], Any]:
    """The function from a DMS value of the given kind, never None, to the masked one.

    ``seed`` makes the random digits of a column repeat themselves in another run; None does not.
    The function raises MaskingError for a kind the mask does not support.
    """
    if kind not in SUPPORTED[mask.action]:
        return _refuse(
            f"{mask.action} is not supported for column '{column}' of data type {kind.upper()}"
        )
    if mask.action == HASH_MASK:
        return lambda value: hashlib.sha256(str(value).encode()).hexdigest().upper()
    if mask.action == DIGITS_MASK:
        character = mask.character or ""
        return lambda value: _DIGIT.sub(lambda _: character, str(value))
    return _randomizer(random.Random(seed))


def _refuse(reason: str) -> Callable[[Any], Any]:
    def refuse(value: Any) -> Any:
        raise MaskingError(reason)

    return refuse


def _randomizer(chance: random.Random) -> Callable[[Any], Any]:
    def digits(text: str) -> str:
        return _DIGIT.sub(lambda _: chance.choice("0123456789"), text)

    def randomize(value: Any) -> Any:
        if isinstance(value, int):
            return int(digits(str(value)))
        return (
            Decimal(digits(format(value, "f")))
            if isinstance(value, Decimal)
            else digits(str(value))
        )

    return randomize
