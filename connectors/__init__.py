"""All that talks to the outside: channels and the learning platform."""
