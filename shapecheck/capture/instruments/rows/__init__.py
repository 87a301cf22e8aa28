"""Which rows belong to which samples: as they were drawn, copied, sorted, moved, and held against each other."""
