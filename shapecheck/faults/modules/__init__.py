"""SC9xx: how modules are made, kept and called, and how a tensor is asked for its sizes."""
