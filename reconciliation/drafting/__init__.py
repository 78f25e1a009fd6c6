"""Drafts of table contracts from both catalogues and the task's mapping, to be reviewed by people.

A draft says what follows from the catalogues. What does not follow stands in ``[[undecided]]``
sections, which no run accepts: a draft cannot pass for a contract before somebody has decided.
"""

from reconciliation.drafting.draft import Draft, Undecided, draft
from reconciliation.drafting.text import render

__all__ = ["Draft", "Undecided", "draft", "render"]
