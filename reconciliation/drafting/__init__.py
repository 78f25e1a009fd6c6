"""Drafts of table contracts from both catalogues and the task's mapping, of the mapping itself, and
of what has to be accepted; to be reviewed by people.

A draft says what follows from the catalogues. What does not follow stands in ``[[undecided]]``
sections, which no run accepts: a draft cannot pass for a contract before somebody has decided.
"""

from reconciliation.drafting.accepted import asked_of_a_draft, render_accepted
from reconciliation.drafting.draft import Draft, Undecided, draft
from reconciliation.drafting.table_mapping import DraftMapping, draft_mapping
from reconciliation.drafting.text import render

__all__ = [
    "Draft",
    "DraftMapping",
    "Undecided",
    "asked_of_a_draft",
    "draft",
    "draft_mapping",
    "render",
    "render_accepted",
]
