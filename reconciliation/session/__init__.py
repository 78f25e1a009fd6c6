"""One run: opened, checked beforehand, locked, noted in a journal, marked, and swept."""
