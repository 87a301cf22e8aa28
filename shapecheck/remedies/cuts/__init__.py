"""What is taken of a tensor: its steps, columns, parts and indices, and what is scattered or stored into it."""
