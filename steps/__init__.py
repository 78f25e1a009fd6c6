"""Step definitions, one module a subject. A step parses, calls and attaches, and is broken by an
answer it can tell is wrong; what takes more to judge is a function of ``fixtures.promises``.
"""
