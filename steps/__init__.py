"""Step definitions, one module a subject. A step parses, calls and attaches; it never judges by
itself.
"""
