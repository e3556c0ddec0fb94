"""Content flows in: from a learning platform, or from files."""
