"""Both databases beside the stream: catalogues, slots, prerequisites, and the target's session."""
