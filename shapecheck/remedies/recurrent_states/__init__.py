"""The states of recurrent layers: their layers, their samples, their parts, and who makes them."""
