@nightly @owner:migration
Feature: Every agreed column reaches exactly one existing legacy column
  The table mapping is resolved by the rules of the replication service and held against both catalogues and
  against what the contract of each table says.

  Scenario: Every rule names something that exists
    When the table mapping is examined
    Then every rule names something that exists

  Scenario: No two rules fight over one column
    When the table mapping is examined
    Then no two rules fight over one column

  @severity:critical
  Scenario: Every agreed column reaches its legacy column
    When the table mapping is examined
    Then every agreed column reaches its legacy column

  Scenario: No column is sent where the legacy table has none
    When the table mapping is examined
    Then no column is sent where the legacy table has none

  @severity:critical
  Scenario: No legacy column is written by two columns
    When the table mapping is examined
    Then no legacy column is written by two columns

  Scenario: Nothing is replicated that no contract speaks of
    When the table mapping is examined
    Then every column that is replicated stands in the contract of its table

  Scenario: Every mapped table has a contract
    When the table mapping is examined
    Then every mapped table has a contract

  Scenario: Every table with a contract is mapped
    When the table mapping is examined
    Then every table with a contract is mapped

  Scenario: Every row of a mapped table is replicated
    When the table mapping is examined
    Then every row of a mapped table is replicated
