"""TSPLIB and VRPLIB: files of keywords and sections, and their solutions."""
