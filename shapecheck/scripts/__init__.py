"""Runs scripts, reads their crashes, and tries the changes that may mend them."""
