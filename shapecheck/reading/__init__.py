"""Reads what a crash left behind, and the user's source beside it, as plain values for faults and remedies."""
