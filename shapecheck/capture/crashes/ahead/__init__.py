"""Reads the lines behind a crash as if a change were made, on tensors without numbers; nothing of the script runs."""
