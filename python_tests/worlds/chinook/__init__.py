"""A record shop: the Chinook data set, against the same questions asked in SQL."""
