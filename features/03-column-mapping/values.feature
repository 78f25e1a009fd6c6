@nightly @owner:migration
Feature: The legacy columns can hold what is sent to them
  What they cannot hold is known beforehand and signed for; it must not be found out in production.

  Scenario: No rule sends a type into a legacy type that cannot hold it
    When the table mapping is examined
    Then no rule sends a type into a legacy type that cannot hold it

  Scenario: No LOB goes where the replication cannot write it
    When the table mapping is examined
    Then every LOB can be written behind its row

  Scenario: Every value the legacy columns refuse has been signed for
    When the capacity of the legacy columns is examined
    Then nothing stands against it

  Scenario: A row can be made for every mapped table that is written to
    When the rows that a run writes are examined
    Then nothing stands against it
