"""What is written at a place of the script: sizes by their names, names of neighbours, what is handed on."""
