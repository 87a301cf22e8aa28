"""Probes: what was computed, step by step, and what each position of it depends on."""
