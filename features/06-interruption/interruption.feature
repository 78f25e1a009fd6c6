@interruption @owner:migration
Feature: An interruption loses nothing and repeats nothing

  @interruption:stop
  Scenario: Changes made while the task is stopped all arrive, once
    Given a row of every mapped table that both databases hold
    When the replication task is stopped
    And 500 rows, shared out among all these tables, are inserted in one transaction
    And two in five of them are changed and the others deleted, in one transaction each
    And the replication task is started again
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with

  @interruption:restart
  Scenario: A task that is started anew from its own position goes on there
    Given a row of every mapped table that both databases hold
    When 500 rows, shared out among all these tables, are inserted in one transaction
    And the replication task is stopped
    And two in five of them are changed and the others deleted, in one transaction each
    And the replication task is started anew from its own position
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with

  @interruption:reboot-source
  Scenario: Changes made before and behind a restart of PostgreSQL all arrive, once
    Given a row of every mapped table that both databases hold
    When 500 rows, shared out among all these tables, are inserted in one transaction
    And PostgreSQL is restarted below it
    And two in five of them are changed and the others deleted, in one transaction each
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with

  @interruption:cut-oracle @lab
  Scenario: Changes made while the task cannot reach Oracle, until it gives up, all arrive, once
    Given a row of every mapped table that both databases hold
    When the replication is made to lose its connection to Oracle until it gives up
    And 500 rows, shared out among all these tables, are inserted in one transaction
    And the task has ended by itself
    And two in five of them are changed and the others deleted, in one transaction each
    And the replication task is started again
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with

  @interruption:kill @lab
  Scenario: A transaction in whose middle the replication is killed arrives as a whole, once
    Given a row of every mapped table that both databases hold
    When the replication is made to die in the middle of the next large transaction
    And 500 rows, shared out among all these tables, are inserted in one transaction
    And the task has ended by itself
    And two in five of them are changed and the others deleted, in one transaction each
    And the replication task is started again
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the keys they were written with
