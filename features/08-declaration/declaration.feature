@declaration @owner:migration
Feature: The single source of truth may be declared to be in the cloud

  Scenario: The replication dropped nothing that it should have carried
    Then nothing this run has written was dropped, but for rows the legacy database must refuse

  Scenario: Changes arrive within the time the business was promised
    Then every change of this run arrived within the agreed time

  Scenario: Nothing is still under way when the run ends
    Then everything that was committed before this moment has arrived within the agreed time

  @severity:blocker
  Scenario: Every guarantee was judged in this run and holds
    Then every group of guarantees was judged and holds
