"""Which steps: what is asked of a model, what it may see, where episodes and sequences end."""
