"""JSON documents: our own, and VROOM's."""
