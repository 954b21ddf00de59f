"""What a collection is: an ordered set of records, read and written from either end."""
