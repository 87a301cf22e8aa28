"""What the layers of a script are told, in which order they are gone through, and what reads a value."""
