"""Operations carried out on the target: one by one, as arrays or in batches; failures by policy."""
