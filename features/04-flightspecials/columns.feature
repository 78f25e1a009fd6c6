@api @owner:flightspecials
Feature: What people write into a flight special arrives as they wrote it

  Scenario Outline: <column> changed alone arrives: <meaning>
    Given a flight special that both databases hold
    When its <column> is changed to <value>
    Then Oracle holds the same flight special within the agreed time
    And nothing else has changed in Oracle

    Examples:
      | column      | value                         | meaning             |
      | header      | Seoul to Jeju, from 19:05     | a new header        |
      | origin      | Reykjavík                     | an accented letter  |
      | cost        | 2147483647                    | the largest integer |
      | expiry_date | 2027-02-28T23:59:59.999+00:00 | a whole millisecond |

  Scenario: Several columns changed at once arrive together
    Given a flight special that both databases hold
    When these columns of it are changed
      | column      | value                     |
      | header      | Two columns at once       |
      | cost        | 175                       |
      | expiry_date | 1969-07-20T20:17:40+00:00 |
    Then Oracle holds the same flight special within the agreed time
    And nothing else has changed in Oracle
