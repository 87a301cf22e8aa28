"""Turns values into what people read: one story, then text, Markdown, HTML or SVG."""
