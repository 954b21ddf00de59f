"""What the package promises, a folder a kind of promise."""
