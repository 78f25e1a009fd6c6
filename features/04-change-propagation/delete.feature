@owner:migration
Feature: A deleted row disappears from Oracle, and only that row

  Scenario: A deleted row disappears
    Given a row of every mapped table that both databases hold
    When it is deleted
    Then Oracle does not hold it any more within the agreed time
    And nothing else has changed in Oracle

  Scenario: One statement that deletes many rows removes every one of them
    Given 10 rows of every mapped table that both databases hold
    When they are deleted
    Then Oracle does not hold them any more within the agreed time
    And nothing else has changed in Oracle
