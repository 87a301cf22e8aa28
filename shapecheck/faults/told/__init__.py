"""Causes that surface as something else, and are told by what mends them: a remedy names them in ``CAUSE``."""
