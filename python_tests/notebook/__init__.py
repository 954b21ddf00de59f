"""What cells show, what is completed in them, and pictures."""
