@nightly @owner:platform
Feature: PostgreSQL is able to give every change away
  Changes leave the source database through logical decoding. What is missing here cannot be made good
  by any setting of the replication.

  Scenario: The instance is available and no parameter waits for a reboot
    When the RDS instance is examined
    Then nothing stands against it

  Scenario: Changes can be decoded logically
    When the logical decoding is examined
    Then nothing stands against it

  Scenario: pglogical is loaded and created in the database
    When the pglogical extension is examined
    Then nothing stands against it

  Scenario: A replication slot and a WAL sender are to spare
    When the spare capacity is examined
    Then nothing stands against it
