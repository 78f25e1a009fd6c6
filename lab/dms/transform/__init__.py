"""From a source table's change to the operation on its target table, by plans made of both."""
