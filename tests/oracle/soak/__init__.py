"""Many sessions at once with disconnects, kills and cancels, every result checked against a model
in the client.

``python -m tests.oracle.soak --sessions 24 --seconds 120 --seed 1`` starts a PostgreSQL cluster and
a stand-in of its own, works on them, and prints a table; it exits with 1 and the findings by name
when something was wrong.
"""
