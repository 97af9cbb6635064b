"""How an answer goes wrong: faults by name, drawn by the seed.

Owns: what may happen to one request (`Plan`), and which of it does (`Chaos`). What is drawn depends
on the seed, the tasks and how often they were asked about, not on what else goes on; so a seed
gives the same faults again. Refuses to lie for the provider: an answer in its own form, that it did
something or did not, is always true here.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from attrs import evolve, frozen

from .bodies import GATEWAYS_404, NO_TASK, NO_YES, PAGE, RETRY_AFTER
from .ledger import KEY, Request
from .provider import Answer, Provider, hash_of


@frozen(kw_only=True)
class Plan:
    """What happens to one request.

    `acts`: what was asked for is done. `raw` comes in place of the provider's answer, or after it
    was `changed`. It is handled after `held` seconds, and answered after `late` more. `cut` is
    after how many bytes of the answer the connection is closed, by a reset if `reset`; -1 is a
    place drawn by `at`. `drip` are the seconds over which the answer is sent in little pieces.
    `copies` is how often it is sent, `apart` the seconds in between. `swaps`: it changes places
    with the next such answer on another connection.
    """

    fault: str = ""
    acts: bool = True
    raw: bytes | None = None
    changed: Callable[[bytes], bytes] | None = None
    held: float = 0.0
    late: float = 0.0
    cut: int | None = None
    at: float = 0.0
    reset: bool = False
    drip: float = 0.0
    copies: int = 1
    apart: float = 0.0
    swaps: bool = False
    closes: bool = False
    silent: bool = False
    refused: bool = False

    @property
    def shows(self) -> bool:
        """Whether what the provider says of a task may be read by the client."""
        return self.raw is None and not self.silent


GOOD: Final = Plan()


def http(
    body: object, status: int = 200, *headers: str, request_id: str = "", framing: str = "length"
) -> bytes:
    """A whole answer; text is sent as HTML, all else as JSON."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, str) else "application/json; charset=utf-8"
    lines = [f"HTTP/1.1 {status} So", f"Content-Type: {kind}", "Server: istio-envoy", *headers]
    if request_id:
        lines.append(f"X-Request-Id: {request_id}")
    if framing == "length":
        lines.append(f"Content-Length: {len(raw)}")
    elif framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
        middle = len(raw) // 2
        raw = b"".join(
            b"%x\r\n%s\r\n" % (len(one), one) for one in (raw[:middle], raw[middle:], b"")
        )
    else:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + raw


def told(answer: Answer, request: Request, framing: str) -> bytes:
    """The provider's own answer, whole."""
    request_id = f"0217{request.number:08}"
    body = json.loads(json.dumps(answer.body).replace("{id}", request_id))
    return http(body, answer.status, request_id=request_id, framing=framing)


def _packed(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    body = gzip.compress(body)
    lines = [one for one in head.split(b"\r\n") if not one.startswith(b"Content-Length")]
    lines += [b"Content-Encoding: gzip", b"Content-Length: %d" % len(body), b"", b""]
    return b"\r\n".join(lines) + body


def _truncated(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [one for one in head.split(b"\r\n") if not one.startswith(b"Content-Length")]
    body = body[: max(len(body) - 1, 0)]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", b""]) + body


class Chaos:
    """Draws what happens to each request; `density` is the share of those that something does.

    `timeout` is how long the client waits. With `account`, keys and quotas are refused too. Of so
    many tasks one, `slowing`, may meet a 429: each slows all others down.
    """

    def __init__(
        self,
        seed: int,
        density: float,
        timeout: float,
        elsewhere: str,
        *,
        account: bool = False,
        slowing: int = 12,
    ) -> None:
        self._seed = seed
        self._slowing = slowing
        self._density = density
        self._timeout = timeout
        self._elsewhere = elsewhere
        self._asked = Counter[tuple[str, ...]]()
        self._faults = [getattr(self, name) for name in FAULTS for _ in range(FAULTS[name])]
        if account:
            self._faults += [self.refused_account] * 2

    def __call__(self, provider: Provider, request: Request) -> Plan:
        """What happens to this one."""
        key = (request.run, request.operation, *request.ids)
        self._asked[key] += 1
        random = Random(f"{self._seed} {key} {self._asked[key]}")
        if random.random() > self._density:
            return GOOD
        fault = random.choice(self._faults)
        plan: Plan = fault(random, provider, request)
        return evolve(plan, fault=fault.__name__ + ("" if plan.acts else ", not done"))

    def lost(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """The connection breaks without an answer."""
        return Plan(acts=random.random() < 0.5, raw=b"", cut=0, reset=random.random() < 0.5)

    def cut(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """The answer ends somewhere."""
        return Plan(cut=-1, at=random.random(), reset=random.random() < 0.5)

    def silent(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """No answer ever comes."""
        return Plan(acts=random.random() < 0.5, silent=True)

    def held(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """It takes long until it is done; perhaps longer than the client waits."""
        return Plan(held=self._timeout * random.choice([0.2, 0.9, 1.0, 1.1, 2.0]))

    def late(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """It is done at once, and answered late."""
        return Plan(late=self._timeout * random.choice([0.2, 0.9, 1.0, 1.1, 2.0]))

    def dripping(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """The answer comes in little pieces."""
        return Plan(drip=self._timeout * random.choice([0.3, 0.9, 1.5]))

    def too_fast(self, random: Random, provider: Provider, request: Request) -> Plan:
        """429, asking for an odd wait."""
        if hash_of(request.ids[0]) % self._slowing:
            return GOOD
        after = random.choice(RETRY_AFTER).encode().decode("latin-1")
        body = random.choice([provider.error("RateLimitExceeded", "no"), None, PAGE])
        raw = http(body, 429, f"Retry-After: {after}").decode().encode("latin-1")
        return Plan(acts=False, raw=raw, refused=True)

    def server_error(self, random: Random, provider: Provider, _request: Request) -> Plan:
        """An error of the server, which may have acted."""
        status = random.choice([500, 502, 503, 504, 520, 408])
        body = random.choice([None, PAGE, provider.error("InternalServiceError", "no")])
        return Plan(acts=random.random() < 0.5, raw=http(body, status))

    def nonsense(self, random: Random, provider: Provider, request: Request) -> Plan:
        """HTTP 200 and something else: a page, a wrong type, a new word, nothing."""
        bodies = [*(NO_TASK if request.operation == "get" else NO_YES), PAGE, "", "{"]
        if request.operation == "delete" and provider.name == "ark":
            bodies.remove("")  # an empty answer counts as Ark's yes
        return Plan(acts=random.random() < 0.5, raw=http(random.choice(bodies)))

    def changed(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """The provider's answer, but cut short within a right length, or packed."""
        return Plan(changed=random.choice([_truncated, _packed]))

    def not_http(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """Bytes that are no answer."""
        raws = [
            b"\x00" * 100,
            b"HTTP/9.9 999 \r\n\r\n",
            b"SSH-2.0-x\r\n",
            b"HTTP/1.1 200\r\na\r\n\r\n",
        ]
        return Plan(acts=random.random() < 0.5, raw=random.choice(raws), closes=True)

    def other_404(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """404 of something in between."""
        return Plan(acts=False, raw=http(random.choice(GATEWAYS_404), 404))

    def other_refusal(self, random: Random, provider: Provider, _request: Request) -> Plan:
        """The request itself is refused."""
        status = random.choice([400, 405, 413, 422, 431])
        body = random.choice([PAGE, None, provider.error("InvalidParameter", "no")])
        return Plan(acts=False, raw=http(body, status))

    def reflected(self, random: Random, provider: Provider, _request: Request) -> Plan:
        """The key comes back, in words and headers."""
        body = provider.error(f"Bad.{KEY}", f"no such key: {KEY} Bearer {KEY}")
        headers = random.choice([f"X-Request-Id: {KEY}", f"Bearer {KEY}: {KEY}", f"X-A: {KEY}"])
        # TensorsLab may say by HTTP 200 and a code that a task is gone.
        status = random.choice([400, 500, 200 if provider.name == "ark" else 500])
        return Plan(acts=status != 400 and random.random() < 0.5, raw=http(body, status, headers))

    def redirect(self, random: Random, _provider: Provider, _request: Request) -> Plan:
        """Somewhere else."""
        status = random.choice([301, 302, 303, 307, 308])
        return Plan(acts=False, raw=http(None, status, f"Location: {self._elsewhere}"))

    def hinted(self, _random: Random, _provider: Provider, _request: Request) -> Plan:
        """What comes before the answer says nothing yet."""
        return Plan(changed=lambda raw: b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + raw)

    def closed(self, _random: Random, _provider: Provider, _request: Request) -> Plan:
        """The connection is closed behind the answer, without a word."""
        return Plan(closes=True)

    def doubled(self, _random: Random, _provider: Provider, _request: Request) -> Plan:
        """The answer comes twice, in one piece."""
        return Plan(copies=2)

    def refused_account(self, random: Random, provider: Provider, _request: Request) -> Plan:
        """The key, the account or its quota is refused."""
        status, code = random.choice(
            [(401, "AuthenticationError"), (403, "AccountOverdueError"), (429, "QuotaExceeded")]
        )
        return Plan(acts=False, raw=http(provider.error(code, "no"), status), refused=True)


FAULTS: Final = {
    "lost": 6,
    "cut": 6,
    "silent": 1,
    "held": 2,
    "late": 2,
    "dripping": 1,
    "too_fast": 4,
    "server_error": 5,
    "nonsense": 5,
    "changed": 2,
    "not_http": 1,
    "other_404": 3,
    "other_refusal": 2,
    "reflected": 2,
    "redirect": 1,
    "hinted": 2,
    "closed": 2,
    "doubled": 1,
}
"""The faults, and how often each comes beside the others."""
