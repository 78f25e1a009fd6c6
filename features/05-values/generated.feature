@owner:migration
Feature: Every value survives the trip, or is refused loudly
  For every table a batch of rows is generated from the column types of both databases, hard edges first. It is
  written at once, waited for once, and judged row by row. What the legacy schema cannot hold is known beforehand:
  such a row must be missing and reported, never cut, blanked or rounded.

  Background:
    Given a batch of generated rows of every mapped table has been written

  @severity:critical
  Scenario: Every row both databases can hold arrives unaltered
    Then every row that both databases can hold is the same in Oracle

  @severity:critical
  Scenario: Every row the legacy database cannot hold is refused visibly
    Then every row that the legacy database cannot hold is missing there and reported with its error

  Scenario: Rows that once went wrong travel as they should
    Then every known hard row has travelled as it should

  Scenario: Refused rows do not stop the replication
    When the state of the task is examined
    Then nothing stands against it
