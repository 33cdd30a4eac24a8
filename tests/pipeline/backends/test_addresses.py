"""Only the public internet is public, however the address is dressed."""

from __future__ import annotations

import pytest

from pipeline.backends.addresses import is_public

PUBLIC = [
    "9.9.9.9",
    "93.184.216.34",
    "2620:fe::fe",
    "2606:4700:4700::1111",
    "::ffff:9.9.9.9",
    "64:ff9b::909:909",
    "2002:909:909::1",
]
CLOSED = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::5efe:909:909",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::909:909",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:909:909:0:0:80ff:fffe",  # Teredo, client 127.0.0.1
    "2001:0:7f00:1:0:0:f6f6:f6f6",  # Teredo, server 127.0.0.1
    "2606:4700::5efe:10.0.0.1",
    "localhost",
    "",
    "1.2.3",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", CLOSED)
def test_not_public(address: str) -> None:
    assert not is_public(address)
