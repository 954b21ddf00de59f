"""Rankings: the top, the similar, the recommended, and the rankings of many records at once."""
