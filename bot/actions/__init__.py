"""The action server: what Sathi does, and how it words its replies."""
