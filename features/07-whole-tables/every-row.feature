@nightly @owner:migration
Feature: Every row of every mapped table agrees
  Also the rows written before the replication started: it carries changes only, so nothing else compares them.

  @severity:critical
  Scenario: All rows agree
    When every mapped table is compared row by row
    Then no row differs

  Scenario: No table is taken for equal because nothing was compared
    When every mapped table is compared row by row
    Then every mapped table was judged and holds rows

  Scenario: No accepted difference is past its date
    When the accepted differences are examined
    Then nothing stands against it
