"""Graphs that backward() goes through: cut off, made anew in each round, or kept for a second way through."""
