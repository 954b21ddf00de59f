"""An example of a service: a library that lends books, FastAPI over a store in a file (docs/services.md)."""
