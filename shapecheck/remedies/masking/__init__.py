"""Attention and masks: layouts, widths, and which tensor a mask was made for."""
