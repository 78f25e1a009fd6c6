@interruption @owner:migration
Feature: An interruption loses nothing and repeats nothing

  Scenario: Changes made while the task is stopped all arrive, once
    Given a flight special that both databases hold
    When the replication task is stopped
    And 500 flight specials are inserted in one transaction
    And 200 of them are changed and 300 deleted in one transaction each
    And the replication task is started again
    Then Oracle holds exactly what PostgreSQL holds of them
    And they stand in Oracle once, under the ids they were written with
