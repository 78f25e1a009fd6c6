@interruption @owner:migration
Feature: An interruption loses nothing and repeats nothing

  Scenario: Changes made while the task is stopped all arrive, once
    Given a row of every mapped table that both databases hold
    When the replication task is stopped
    And 500 rows, shared out among all these tables, are inserted in one transaction
    And two in five of them are changed and the others deleted, in one transaction each
    And the replication task is started again
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with
