"""Axes that are put in, taken, turned, joined and taken apart."""
