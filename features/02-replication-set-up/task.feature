@nightly @owner:migration
Feature: The replication task is the one that was agreed on, and it runs

  Scenario: The replication instance is available
    When the replication instance is examined
    Then nothing stands against it

  Scenario: The task's settings are as agreed and hide no conflict
    When the settings of the task are examined
    Then nothing stands against it

  Scenario: The task is running
    When the state of the task is examined
    Then nothing stands against it

  Scenario: What the replication writes down about dropped changes can be read
    When the records of dropped changes are examined
    Then nothing stands against it

  Scenario: No mapped table is suspended or in error
    When the state of the mapped tables is examined
    Then nothing stands against it
