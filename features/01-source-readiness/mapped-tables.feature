@nightly @owner:platform
Feature: Every mapped table can be replicated row by row
  Updates and deletes reach the legacy row by its key, so every mapped table needs one in every change.

  Scenario: Every mapped table has a key and an identity that its changes carry
    When the keys of the mapped tables are examined
    Then nothing stands against it

  Scenario: PostgreSQL's own sequences and identities are ahead of the highest key in every mapped table
    When the sequences of the mapped tables are examined
    Then nothing stands against it

  Scenario: The replication slot is in use and holds back no more log than agreed
    When the replication slot is examined
    Then nothing stands against it
