"""This process and its surroundings: files, signals, limits, signs of life, the terminal."""
