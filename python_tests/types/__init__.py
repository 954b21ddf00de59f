"""Every type of field beyond those of SQL: in memory, as arrays, in files, and out to other libraries and in again."""
