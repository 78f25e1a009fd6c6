"""Schemas the project has never seen: drawn, built in a lab of their own, drafted, judged, and
judged again with one fault.

Whatever is drawn here is independent of the judge: types, constraints, names, mapping and rows.
"""
