"""Stand-ins for services outside Sathi, spoken to over real connections."""
