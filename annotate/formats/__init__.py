"""Readers and writers of data sets: bytes to records and back, one module or package per format."""
