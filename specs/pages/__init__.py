"""The vendors' published pages, read as facts and held against the specs. See ../vendor.py."""
