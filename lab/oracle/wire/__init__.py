"""The server side of TNS/TTC: packets, login, calls, LOBs, breaks. Knows nothing of SQL beyond what
clients see.
"""
