"""Sizes and widths: how they are written, asked for, reckoned and said, and which axis they speak of."""
