"""Turns tensors, modules and crashes into plain values; the only storey that touches tensors."""
