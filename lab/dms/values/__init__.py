"""Values between the databases: PostgreSQL's as DMS holds them, and as Oracle takes them."""
