"""Developer and operator commands behind the Makefile."""
