"""The rules put to work: the only place that waits."""
