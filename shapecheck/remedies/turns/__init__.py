"""Axes that lie in another order than they are read in: turned, turned otherwise, or exchanged."""
