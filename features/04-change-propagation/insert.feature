@owner:migration
Feature: A new row arrives in Oracle, whole and under its own id

  @severity:critical
  Scenario: A new flight special arrives under the id it was written with
    When a flight special is inserted
    Then it stands in Oracle once, under the id it was written with
    And Oracle holds the same flight special within the agreed time

  Scenario: A flight special with NULL wherever both schemas allow it arrives
    When a flight special is inserted with NULL wherever both schemas allow it
    Then Oracle holds the same flight special within the agreed time

  Scenario: All rows of a large transaction arrive, and nothing else changes
    When 25 flight specials are inserted in one transaction
    Then Oracle holds the same flight specials within the agreed time
    And nothing else has changed in Oracle

  Scenario: A flight special inserted again under the same id arrives
    Given a flight special that both databases hold
    When it is deleted
    And this happens in one transaction
      | what   | flight special | column | value          |
      | insert | first          |        |                |
      | update | first          | header | Back once more |
    Then Oracle holds the same flight special within the agreed time
