"""In which order: reshapes, rows and copies whose numbers come to lie beside those of other items."""
