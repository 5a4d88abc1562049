"""Learned constructors: the only room that imports torch."""
