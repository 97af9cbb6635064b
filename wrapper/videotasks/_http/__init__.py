"""One request out, one answer back: the only place that knows httpx."""
