"""What `insert_all` refuses: with the error that fits, the row, the field and the value; and nothing is created."""
