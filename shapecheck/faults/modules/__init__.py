"""SC9xx: how modules, loaders and tables are made, kept, called and taken apart, and how a tensor is told its axes."""
