"""To other libraries: Arrow, sparse matrices, graphs of networkx, notebooks."""
