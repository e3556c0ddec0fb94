"""Channels through which people talk to Sathi."""
