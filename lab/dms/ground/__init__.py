"""What every room stands on: changes and catalogues as values, errors, log lines, positions."""
