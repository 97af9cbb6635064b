"""Campaigns: the library against servers that keep a ledger, over real sockets, by a seed.

`ledger` is what really became of each task, `claims` holds outcomes against it, `provider` is what
a provider does, `answers` and `bodies` how its answers go wrong, `server` and `connection` the
sockets, `runs` what a client is let do. `faults`, `cuts`, `mixups`, `crowds` and `kills` are the
campaigns, `report` lists them.
"""
