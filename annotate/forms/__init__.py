"""Check what people type in; one module per group of pages."""
