@owner:migration
Feature: A changed row arrives in Oracle, and nothing else changes there

  @severity:critical
  Scenario: Every column changed alone arrives, and no other column changes with it
    Given for each column that can be changed a row of every mapped table that both databases hold
    When in each of them another column is changed
    Then Oracle holds the same rows within the agreed time
    And nothing else has changed in Oracle

  Scenario: A column emptied becomes NULL in Oracle too
    Given a row of every mapped table that both databases hold
    When every column that may be empty is emptied
    Then Oracle holds the same row within the agreed time
    And nothing else has changed in Oracle

  Scenario: All columns changed at once arrive together
    Given a row of every mapped table that both databases hold
    When all its columns are changed by one statement
    Then Oracle holds the same row within the agreed time
    And nothing else has changed in Oracle

  Scenario: One statement that changes many rows arrives in every one of them
    Given 20 rows of every mapped table that both databases hold
    When they are changed by one statement
    Then Oracle holds the same rows within the agreed time
    And nothing else has changed in Oracle

  Scenario: Of several changes to one row the last one counts
    Given a row of every mapped table that both databases hold
    When it is changed three times, in a transaction each
    Then Oracle holds the same row within the agreed time
