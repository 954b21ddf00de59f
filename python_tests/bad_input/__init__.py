"""Bad input is refused with the error that fits, and leaves the store exactly as it was."""
