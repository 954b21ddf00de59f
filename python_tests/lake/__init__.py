"""Models whose rows are elsewhere: the same answers as in memory."""
