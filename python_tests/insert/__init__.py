"""`insert_all`: many rows at once, from columns, all or nothing."""
