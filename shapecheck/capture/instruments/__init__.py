"""What probes look with: replaced items, other ways to call an operation, and what the tape says of a tensor."""
