"""A scorer of edges: how likely two nodes are neighbors in a good plan."""
