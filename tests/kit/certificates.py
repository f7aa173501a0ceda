# SPDX-License-Identifier: Apache-2.0
"""Certificates for a test: an authority made on the spot, and what it signs."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(self.name, self.key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        made = made.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), True)
        self.path = self._write(f"{name}.pem", made.sign(self.key, hashes.SHA256()))

    def _builder(self, subject, key, days=1):
        now = datetime.datetime.now(datetime.timezone.utc)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2))
                .not_valid_after(now + datetime.timedelta(days=days)).add_extension(identifier, False))

    def _write(self, name, certificate):
        path = self.folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _sign(self, name, use, days, *extensions):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._builder(subject, key, days).add_extension(x509.ExtendedKeyUsage([use]), False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        for extension in (authority, *extensions):
            made = made.add_extension(extension, False)
        key_path = self.folder / f"{name}.key"
        key_path.touch(0o600)
        key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return self._write(f"{name}.pem", made.sign(self.key, hashes.SHA256())), key_path

    def server(self, name="server", days=1, host="localhost"):
        """(certificate, key) of a server at 127.0.0.1."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(host)])
        return self._sign(name, ExtendedKeyUsageOID.SERVER_AUTH, days, names)

    def client(self, name="client", days=1):
        return self._sign(name, ExtendedKeyUsageOID.CLIENT_AUTH, days)
