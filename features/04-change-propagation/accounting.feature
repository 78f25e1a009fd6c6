@owner:migration
Feature: The replication carries what it should, and accounts for it

  Scenario: The table statistics count what was written
    Given 5 rows of every mapped table that both databases hold
    When this happens in one transaction
      | what   | row    |
      | insert | new    |
      | update | first  |
      | update | second |
      | delete | third  |
      | delete | fourth |
      | delete | fifth  |
    Then the table statistics count this, and no more than was written
      | inserts | updates | deletes |
      | 1       | 2       | 3       |
    And the replication reports no dropped change

  Scenario: A change in a table that the task does not map stays out of Oracle
    Given a row in a table that the task does not map
    When another row is written there and the first one is deleted
    Then nothing of them stands in Oracle
