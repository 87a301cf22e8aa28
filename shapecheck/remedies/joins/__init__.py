"""What is put together: along another axis, stacked or laid side by side, turned or repeated before it is."""
