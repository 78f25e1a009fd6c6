@nightly @owner:legacy
Feature: Nothing on the legacy side interferes with replicated changes
  A trigger that was right for an application may be wrong for a replication: it changes rows on their way in.

  @severity:critical
  Scenario: No trigger changes what is replicated into a mapped table
    When the triggers of the legacy tables are examined
    Then nothing stands against it
