"""Sequences of several lengths: how long each is, how they are packed, filled up and taken out again."""
