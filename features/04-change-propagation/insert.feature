@owner:migration
Feature: A new row arrives in Oracle, whole and under its own key

  @severity:critical
  Scenario: A new row arrives under the key it was written with
    When a row of every mapped table is inserted
    Then it stands in Oracle once, under the key it was written with
    And Oracle holds the same row within the agreed time

  Scenario: A row with NULL wherever both schemas allow it arrives
    When a row of every mapped table is inserted with NULL wherever both schemas allow it
    Then Oracle holds the same row within the agreed time

  Scenario: All rows of a large transaction arrive, and nothing else changes
    When 25 rows of every mapped table are inserted in one transaction
    Then Oracle holds the same rows within the agreed time
    And nothing else has changed in Oracle

  Scenario: A row inserted again under the same key arrives
    Given a row of every mapped table that both databases hold
    When it is deleted
    And this happens in one transaction
      | what   | row   |
      | insert | first |
      | update | first |
    Then Oracle holds the same row within the agreed time
