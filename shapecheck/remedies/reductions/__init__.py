"""What is summed, averaged, counted and squeezed: along which axis, and whether that axis stays."""
