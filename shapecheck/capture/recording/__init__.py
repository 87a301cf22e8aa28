"""The tape of a running script: every operation on tensors as data, cut into training steps, to be run once more."""
