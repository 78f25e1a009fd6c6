"""What decides about values, for one task."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.dms.values.binding import TargetTraits
from lab.dms.values.types import SourceTraits


@dataclass(frozen=True)
class Traits:
    """Everything that decides about values, for one task. ``lob_max_kb`` is None when LOBs are not
    cut.
    """

    source: SourceTraits = field(default_factory=SourceTraits)
    target: TargetTraits = field(default_factory=TargetTraits)
    masking_seed: float = 0
    support_lobs: bool = True
    lob_max_kb: int | None = 32
    unchanged_toast: str = "keep"
    missing_target_column: str = "skip"
    cdc_lob_fetch: str = "stream_truncate"
    lob_write: str = "two_steps"
    fail_on_lob_truncation: bool = False
