@api @owner:flightspecials
Feature: A change made through the API reaches the legacy database

  @severity:critical
  Scenario: A header changed through the API arrives
    Given a flight special that both databases hold
    When its header is changed through the API to "London to Busan"
    Then PostgreSQL holds the new header
    And Oracle holds the same flight special within the agreed time
    And the API lists the new header

  Scenario: What the API refuses changes nothing on either side
    Given a flight special that both databases hold
    When these changes are asked of the API
      | meaning         | flight special | header          |
      | an unknown id   | unknown        | London to Busan |
      | an empty header | known          | ''              |
      | 256 characters  | known          | 256 x a         |
    Then it refuses every one of them
    And nothing has changed in PostgreSQL
    And nothing has changed in Oracle
