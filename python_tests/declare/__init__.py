"""What a class body may say, and what becomes of it."""
