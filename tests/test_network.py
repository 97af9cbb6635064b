"""The way to a provider: certificates, proxies and names, and what the environment says of them."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from videotasks import (
    Ark,
    AsyncTasks,
    Cancelled,
    ConfigurationError,
    NotConnected,
    Retry,
    Tasks,
    TensorsLab,
)
from videotasks.simulator import Simulator

from .command import run
from .conftest import Client, Mode
from .raw import PATIENCE, Connection, RawServer, ark_task, asked_id, reply

ONCE = Retry(attempts=1)
KEY = "sk-CANARY-0123456789"
CERTIFICATE = Path(__file__).with_name("certificates") / "ark.test.pem"
SPELLINGS = ["https", "HTTPS", "Https", "hTTPS"]


def foreign_tls() -> ssl.SSLContext:
    """A certificate that nobody trusts, for another name than anybody asks for here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def obliging(connection: Connection) -> None:
    """Ark with every task queued, that does what it is asked."""
    while request := connection.read():
        deleting = request.startswith(b"DELETE")
        connection.send(reply({} if deleting else ark_task(asked_id(request))))


# Certificates


@pytest.mark.parametrize("scheme", SPELLINGS)
def test_foreign_certificate(mode: Mode, scheme: str) -> None:
    """A server without a good certificate gets nothing, however the scheme is spelt."""
    with RawServer(obliging, foreign_tls()) as server:
        url = f"{scheme}://127.0.0.1:{server.port}/api/v3"
        with (
            closing(Client(mode, Ark(KEY, base_url=url), retry=ONCE)) as client,
            pytest.raises(NotConnected, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            client.get("ark:a")
        assert server.connections
        assert server.requests == []


@pytest.mark.parametrize("scheme", SPELLINGS[::3])
def test_foreign_certificate_in_the_command(scheme: str) -> None:
    """The command sends it nothing either."""
    with RawServer(obliging, foreign_tls()) as server:
        settings = {
            "ARK_API_KEY": KEY,
            "ARK_BASE_URL": f"{scheme}://localhost:{server.port}/api/v3",
        }
        done = run(None, "get", "ark:a", "--timeout", "2", env=settings)
        assert done.returncode == 1
        assert "CERTIFICATE_VERIFY_FAILED" in done.stderr
        assert server.requests == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSL_CERT_FILE", "empty.pem"),
        ("SSL_CERT_DIR", "missing"),
        ("SSLKEYLOGFILE", "missing/keys.log"),
    ],
)
def test_unusable_certificates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str
) -> None:
    """Certificates that can't be loaded are told of by the variable's name, at once."""
    (tmp_path / "empty.pem").touch()
    monkeypatch.setenv(variable, str(tmp_path / value))
    for make in (Tasks, AsyncTasks):
        with pytest.raises(ConfigurationError, match=rf"{variable}=.*{Path(value).name}"):
            make(Ark(KEY))


def test_certificates_are_not_needed_on_this_machine(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plain http, which is for this machine alone, needs none."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    task_id = sim.ark.add("queued")
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
        assert tasks.get(f"ark:{task_id}").state == "queued"


# Proxies


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "socks5://127.0.0.1:1",
        "socks4://127.0.0.1:1",
        "ftp://127.0.0.1",
        "http://[::1",
        "http://host:port",
        "http://host:99999",
        "http://[",
        "http://a b:3",
        "http://user:hush-hush@:8080",
        "http://",
        "//",
    ],
)
def test_unusable_proxy(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A proxy that can't be used is told of by the variable's name, before anything is sent."""
    monkeypatch.setenv(variable, value)
    for make in (Ark, TensorsLab):
        with pytest.raises(ConfigurationError, match=f"proxy in {variable}") as caught:
            make(KEY)
        assert "hush" not in str(caught.value)
        assert ("httpx[socks]" in str(caught.value)) == value.startswith("socks5")


def test_unusable_proxy_in_the_command() -> None:
    """The command says so in one line, with the status of wrong usage."""
    done = run(None, "get", "ark:a", env={"ARK_API_KEY": KEY, "ALL_PROXY": "socks5://127.0.0.1:1"})
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "ALL_PROXY" in done.stderr


def test_proxy_is_not_for_this_machine(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine is reached without a proxy, even one that can't be used."""
    monkeypatch.setenv("ALL_PROXY", "ftp://nowhere")
    task_id = sim.ark.add("queued")
    with Tasks(Ark(sim.api_key, base_url=sim.ark_url)) as tasks:
        assert tasks.get(f"ark:{task_id}").state == "queued"
    Ark(KEY, base_url="https://localhost/api/v3")


@pytest.mark.parametrize("no_proxy", ["ark.test", ".test", "other.test, *", "[::1, ark.test"])
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, no_proxy: str) -> None:
    """Hosts that NO_PROXY names are reached without one; odd words among them do no harm."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://nowhere")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    Ark(KEY, base_url="https://ark.test/api/v3")


class TunnelServer(RawServer):
    """A proxy that leads to another server, whatever host it is asked for."""

    def __init__(self, behind: RawServer) -> None:
        super().__init__(self._tunnel)
        self._behind = behind

    def _tunnel(self, connection: Connection) -> None:
        request = connection.read()
        if request is None or not request.startswith(b"CONNECT "):
            return
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._behind.port)) as there:
            connection.join(there)


def test_through_a_proxy(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a proxy the certificate is the provider's, and the proxy sees no key."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with RawServer(obliging, foreign_tls()) as server, TunnelServer(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
        provider = Ark(KEY, base_url="HTTPS://ark.test/api/v3", limits={"get": 1000, "delete": 2})
        with closing(Client(mode, provider)) as client:
            assert isinstance(client.cancel("ark:a"), Cancelled)
            outcomes = client.many("cancel", [f"ark:{number}" for number in range(3)])
            assert {outcome.name for outcome in outcomes} == {"cancelled"}
        assert any(KEY.encode() in request for request in server.requests)
        assert not any(KEY.encode() in request for request in proxy.requests)
        assert all(request.startswith(b"CONNECT ark.test:443") for request in proxy.requests)


def test_proxy_that_refuses(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a proxy says no, nothing was sent."""

    def script(connection: Connection) -> None:
        connection.read()
        connection.send(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

    with RawServer(script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hush@127.0.0.1:{proxy.port}")
        with (
            closing(Client(mode, Ark(KEY, base_url="https://ark.test/"), retry=ONCE)) as client,
            pytest.raises(NotConnected, match=r"through the proxy http://127.*407") as caught,
        ):
            client.get("ark:a")
        assert "hush" not in str(caught.value)


def test_proxy_that_drips(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy has the time to connect for its answer, and nothing was sent."""

    def script(connection: Connection) -> None:
        connection.read()
        connection.drip(b"HTTP/1.1 200 OK\r\nX: " + bytes([byte]) for byte in b"a" * 1000)

    with RawServer(script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        provider = Ark(KEY, base_url="https://ark.test/", connect_timeout=0.2)
        with (
            closing(Client(mode, provider, retry=ONCE)) as client,
            pytest.raises(NotConnected, match="nothing was sent"),
        ):
            client.get("ark:a")


# Names


def test_name_that_leads_elsewhere(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http goes to this machine alone, wherever a name that looks like it leads."""
    with RawServer(obliging) as server:
        local = f"http://a.localhost:{server.port}/api/v3"
        there: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

        def resolve(*_: object, **__: object) -> list[Any]:
            return there

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with closing(Client(mode, Ark(KEY, base_url=local), retry=ONCE)) as client:
            assert client.get("ark:a").state == "queued"
            # The address that the connection has, as if the name had led to another machine.
            monkeypatch.setattr("ipaddress.IPv4Address.is_loopback", False)
            with (
                closing(Client(mode, Ark(KEY, base_url=local), retry=ONCE)) as another,
                pytest.raises(NotConnected, match="not this machine"),
            ):
                another.get("ark:a")
        assert len(server.requests) == 1


def test_name_that_is_not_found(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up a name is part of the time to connect; nothing was sent."""
    over, real = threading.Event(), socket.getaddrinfo

    def stuck(*args: Any, **options: Any) -> list[Any]:
        over.wait(PATIENCE)
        return real("127.0.0.1", *args[1:], **options)

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    with RawServer(obliging) as server:
        url = f"http://a.localhost:{server.port}/api/v3"
        with closing(
            Client(mode, Ark(KEY, base_url=url, connect_timeout=0.1), retry=ONCE)
        ) as client:
            with pytest.raises(NotConnected, match="nothing was sent"):
                client.get("ark:a")
            over.set()
        assert server.requests == []


def test_addresses_that_do_not_answer(mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    """All addresses of a host share the time to connect, so that one that answers is reached."""
    real = socket.getaddrinfo

    def several(host: Any, *args: Any, **options: Any) -> list[Any]:
        hosts = ["127.0.0.2", "127.0.0.2", "127.0.0.1"] if "test" in str(host) else [host]
        return [real(one, *args, **options)[0] for one in hosts]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with (
        RawServer(obliging, foreign_tls()) as server,
        socket.socket() as deaf,
        socket.socket() as filling,
    ):
        deaf.bind(("127.0.0.2", server.port))
        deaf.listen(0)
        filling.connect(("127.0.0.2", server.port))  # which is all that it takes
        provider = Ark(KEY, base_url=f"https://ark.test:{server.port}/api/v3", connect_timeout=3.0)
        with closing(Client(mode, provider, retry=ONCE)) as client:
            assert client.get("ark:a").state == "queued"
