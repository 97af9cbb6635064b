"""Every course of events to a stated depth: the real rules against a model of each provider.

`explorer` goes through all choices. `ledger` is the model: what each task really is, and what goes
wrong. `servers` is what each provider then answers, and `wire` reads that as the library does.
`journey` lets the real flows act on it and checks each step, `claims` each outcome. `single` and
`many` go from the first request to the last outcome, with stops, kills and going on after them.
`scope` says which cases, and how deep.
"""
