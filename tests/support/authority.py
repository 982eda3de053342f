"""A certificate authority for tests of TLS; needs the openssl program."""

from __future__ import annotations

import subprocess
from pathlib import Path


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


class Authority:
    """A certificate authority that lives as long as a test run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pem, self._key = folder / "ca.pem", folder / "ca.key"
        _openssl(
            "req", "-x509", *self._new_key(self._key), "-days", "2", "-subj", "/CN=test authority", "-out", self.pem
        )

    @staticmethod
    def _new_key(path: Path) -> tuple[str | Path, ...]:
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path)

    def certificate(self, name: str, *, days: int = 1) -> tuple[Path, Path]:
        """Return certificate and key for an address such as ``IP:127.0.0.1``; negative days: long expired."""
        stem = f"{name}{days}".replace(":", "-")
        pem, key, request = (self._folder / f"{stem}.{suffix}" for suffix in ("pem", "key", "csr"))
        extension = self._folder / f"{stem}.ext"
        extension.write_text(f"subjectAltName={name}\n")
        _openssl("req", *self._new_key(key), "-subj", "/CN=terminal", "-out", request)
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self._key, "-CAcreateserial",
            "-extfile", extension, "-days", str(days), "-out", pem,
        )  # fmt: skip
        return pem, key
