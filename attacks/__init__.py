"""Attacks that take too long for the tests: `make attack`."""
