@owner:migration
Feature: A changed row arrives in Oracle, and nothing else changes there

  Scenario Outline: <column> changed alone arrives: <meaning>
    Given a flight special that both databases hold
    When its <column> is changed to <value>
    Then Oracle holds the same flight special within the agreed time
    And nothing else has changed in Oracle

    Examples:
      | column           | value                         | meaning              |
      | header           | Seoul to Jeju, from 19:05     | a new header         |
      | body             | Fly on any Tuesday            | a new text           |
      | origin           | Reykjavík                     | an accented letter   |
      | origin_code      | RKV                           | a new code           |
      | destination      | São Paulo                     | an accented letter   |
      | destination_code | GRU                           | a new code           |
      | cost             | 2147483647                    | the largest integer  |
      | expiry_date      | 2027-02-28T23:59:59.999+00:00 | a whole millisecond  |

  Scenario: A column emptied becomes NULL in Oracle too
    Given a flight special that both databases hold
    When these columns of it are changed
      | column           | value |
      | body             | -     |
      | destination_code | -     |
      | expiry_date      | -     |
    Then Oracle holds the same flight special within the agreed time
    And nothing else has changed in Oracle

  Scenario: Several columns changed at once arrive together
    Given a flight special that both databases hold
    When these columns of it are changed
      | column      | value                     |
      | header      | Two columns at once       |
      | cost        | 175                       |
      | expiry_date | 1969-07-20T20:17:40+00:00 |
    Then Oracle holds the same flight special within the agreed time
    And nothing else has changed in Oracle

  Scenario: One statement that changes many rows arrives in every one of them
    Given 20 flight specials that both databases hold
    When their origin is changed to Busan
    Then Oracle holds the same flight specials within the agreed time
    And nothing else has changed in Oracle

  Scenario: Of several changes to one row the last one counts
    Given a flight special that both databases hold
    When its header is changed to first
    And its header is changed to second
    And its header is changed to third
    Then Oracle holds the same flight special within the agreed time
