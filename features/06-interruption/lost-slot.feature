@interruption @interruption:lose-slot @lab @owner:migration
Feature: A lost replication slot is told by name, not passed over

  Scenario: The task ends when its replication slot is gone, and goes on where it was once it is back
    Given a row of every mapped table that both databases hold
    When the replication is made to lose its replication slot
    And 500 rows, shared out among all these tables, are inserted in one transaction
    And the task has ended by itself
    And two in five of them are changed and the others deleted, in one transaction each
    And its replication slot is there again, where it was
    And the replication task is started again
    Then the task has said by name that its replication slot is gone
    And Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with
