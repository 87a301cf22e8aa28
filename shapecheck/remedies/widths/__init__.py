"""How wide a layer, or what was joined or flattened for it, has to be: by numbers, names and formulas."""
