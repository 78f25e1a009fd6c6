"""Rows held against each other: whole tables, copies, single keys, and looking again."""
