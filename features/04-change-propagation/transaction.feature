@owner:migration
Feature: A transaction arrives whole or not at all

  Scenario: An insert, an update and a delete of one transaction arrive together
    Given 2 rows of every mapped table that both databases hold
    When this happens in one transaction
      | what   | row    |
      | insert | new    |
      | update | first  |
      | delete | second |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing else has changed in Oracle

  Scenario: Nothing of a transaction that is rolled back arrives
    Given 2 rows of every mapped table that both databases hold
    When this happens in a transaction that is rolled back
      | what   | row    |
      | insert | new    |
      | update | first  |
      | delete | second |
    Then nothing has changed in PostgreSQL
    And nothing has changed in Oracle

  Scenario: A row inserted and deleted in one transaction leaves no trace
    Given a row of every mapped table that both databases hold
    When this happens in one transaction
      | what   | row |
      | insert | new |
      | update | new |
      | delete | new |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing has changed in Oracle

  Scenario: A row replaced under its key within one transaction arrives as it is now
    Given a row of every mapped table that both databases hold
    When this happens in one transaction
      | what   | row   |
      | delete | first |
      | insert | first |
      | update | first |
    Then Oracle holds exactly what PostgreSQL holds of them within the agreed time
    And nothing else has changed in Oracle
