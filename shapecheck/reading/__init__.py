"""Reads what a crash left behind, and the user's source beside it, as plain values for faults and remedies.

Here stands what everybody reads with; the rooms hold what is read off for some of them.
"""
