"""Collections with a condition or an order, and has_one."""
