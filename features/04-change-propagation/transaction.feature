@owner:migration
Feature: A transaction arrives whole or not at all

  Scenario: An insert, an update and a delete of one transaction arrive together
    Given 2 flight specials that both databases hold
    When this happens in one transaction
      | what   | flight special | column | value            |
      | insert | new            |        |                  |
      | update | first          | header | One transaction  |
      | delete | second         |        |                  |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing else has changed in Oracle

  Scenario: Nothing of a transaction that is rolled back arrives
    Given 2 flight specials that both databases hold
    When this happens in a transaction that is rolled back
      | what   | flight special | column | value       |
      | insert | new            |        |             |
      | update | first          | header | Rolled back |
      | delete | second         |        |             |
    Then nothing has changed in PostgreSQL
    And nothing has changed in Oracle

  Scenario: A row inserted and deleted in one transaction leaves no trace
    Given a flight special that both databases hold
    When this happens in one transaction
      | what   | flight special | column | value       |
      | insert | new            |        |             |
      | update | new            | header | Short-lived |
      | delete | new            |        |             |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing has changed in Oracle

  Scenario: A row replaced under its id within one transaction arrives as it is now
    Given a flight special that both databases hold
    When this happens in one transaction
      | what   | flight special | column | value       |
      | delete | first          |        |             |
      | insert | first          |        |             |
      | update | first          | header | Replaced    |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing else has changed in Oracle
