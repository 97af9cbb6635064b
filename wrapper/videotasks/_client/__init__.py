"""What a caller may ask."""
