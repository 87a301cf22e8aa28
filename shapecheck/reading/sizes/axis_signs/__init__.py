"""Signs that say which axis of a tensor is meant where its size is wanted, by what they are read off."""
