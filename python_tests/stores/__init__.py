"""Stores in memory: which one is current, transactions, observers, threads, memory."""
