"""The replication of one task: changes of a PostgreSQL database carried into an Oracle database, as
AWS DMS does it.

Rooms, each of which imports only from those below it:

- ``task``: one task's life
- ``assessment``: what is checked before a task runs; ``monitoring``: what a task tells CloudWatch
- ``apply``: operations carried out on the target
- ``faults``: what can be made to go wrong on the way
- ``transform``: from a change to its operation
- ``capture``: the stream of changes
- ``databases``: both databases beside the stream
- ``values``: values between the databases
- ``directory``: what a task keeps for those who watch it
- ``agreed``: what a task was told
- ``mapping``: table mappings and what they mean for a source
- ``ground``: what every room stands on

From outside a task is begun, watched and stopped by ``control``; its process is ``__main__``.
"""
