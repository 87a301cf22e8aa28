"""What is put together: joins and their parts, lists and what they were filled with, indices that are gathered."""
