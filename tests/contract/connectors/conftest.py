"""Connectors with real servers of other people, as child processes on loopback."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import ipaddress
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SPEC = importlib.util.spec_from_file_location(
    "weft_connector_desk", Path(__file__).parents[2] / "unit" / "connectors" / "conftest.py"
)
assert _SPEC is not None and _SPEC.loader is not None
_desk = importlib.util.module_from_spec(_SPEC)
sys.modules["weft_connector_desk"] = _desk
_SPEC.loader.exec_module(_desk)
anyio_backend, desk = _desk.anyio_backend, _desk.desk

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


@dataclass
class Pem:
    """A certificate with its key."""

    cert: str
    key: str


class Authority:
    """A certificate authority for tests."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("test CA")
        made = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        usage = dict.fromkeys(
            (
                "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                "encipher_only", "decipher_only",
            ),
            False,
        )  # fmt: skip
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        self._cert = made.sign(self._key, hashes.SHA256())
        self.cert = self._cert.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, name: str, *, server: bool) -> Pem:
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        made = _builder(_name(name), self._name, key)
        made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        signed = made.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Pem(signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mosquitto:
    """A broker: `plain` wants a password (user app), `tls` too, `mutual` a client certificate."""

    plain: int
    tls: int
    mutual: int
    authority: Authority
    client: Pem


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """One broker for all tests. `make check` installs it where it is missing."""
    program = shutil.which("mosquitto", path=PATH)
    assert program, "Mosquitto is not installed: run `make servers`"
    folder = tmp_path_factory.mktemp("mosquitto")
    authority = Authority()
    own, client = authority.issue("localhost", server=True), authority.issue("weft", server=False)
    for name, text in (("ca.crt", authority.cert), ("server.crt", own.cert), ("server.key", own.key)):
        (folder / name).write_text(text)
    found = Mosquitto(free_port(), free_port(), free_port(), authority, client)
    command = shutil.which("mosquitto_passwd", path=PATH) or "mosquitto_passwd"
    subprocess.run([command, "-b", "-c", folder / "passwd", "app", "secret"], check=True, capture_output=True)
    (folder / "acl").write_text(
        "user app\ntopic readwrite site/#\ntopic readwrite other/#\nuser weft\ntopic readwrite #\n"
    )
    tls = f"cafile {folder}/ca.crt\ncertfile {folder}/server.crt\nkeyfile {folder}/server.key\n"
    (folder / "mosquitto.conf").write_text(
        f"per_listener_settings true\nuser root\nlog_dest stderr\n"
        f"listener {found.plain} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwd\n"
        f"acl_file {folder}/acl\n"
        f"listener {found.tls} 127.0.0.1\n{tls}allow_anonymous false\npassword_file {folder}/passwd\n"
        f"listener {found.mutual} 127.0.0.1\n{tls}require_certificate true\nuse_identity_as_username true\n"
    )
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", program, "-c", str(folder / "mosquitto.conf")],
            stdout=out, stderr=out,
        )  # fmt: skip
    deadline = time.monotonic() + 30
    for port in (found.plain, found.tls, found.mutual):
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
    yield found
    process.terminate()
    process.wait(10)
