"""Numpy arrays, lists and tuples where tensors are wanted, and tensors that numpy cannot read."""

from __future__ import annotations
