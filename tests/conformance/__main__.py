"""``python -m tests.conformance``: write the page from the facts."""

from tests.conformance.facts import read_sections
from tests.conformance.page import PAGE, share_imitated, write

sections = read_sections()
write(sections)
print(f"{PAGE.name}: {share_imitated(sections):.0%} imitated and tested")
