"""Walks the cases of `scope`, and prints what each came to: python -m attacks.walk quick|deep."""

from __future__ import annotations

import sys

from . import scope
from .single import Tally

total = Tally()
for name, tally in scope.walk_all({"quick": scope.quick, "deep": scope.deep}[sys.argv[1]]()):
    sys.stdout.write(f"{name}: {tally}\n")
    total.take(tally)
sys.stdout.write(f"in all: {total}\n")
