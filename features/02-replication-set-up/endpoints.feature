@nightly @owner:migration
Feature: Both endpoints lead where they should

  Scenario Outline: The <role> endpoint is as agreed
    When the <role> endpoint is examined
    Then nothing stands against it

    Examples:
      | role   |
      | source |
      | target |

  Scenario Outline: The replication instance reaches the <role> database
    When the <role> connection is examined
    Then nothing stands against it

    Examples:
      | role   |
      | source |
      | target |
