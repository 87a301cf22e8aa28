"""Recurrent layers: how their data lies, which states they are given, and what they give back."""
