"""Addresses: which IP addresses are public, so that an endpoint cannot reach into our own network.

``ipaddress`` alone is not enough: it calls several IPv6 forms global that carry a private IPv4
address inside (RFC 4291, 3056, 4380, 6052, 5214), and multicast.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(text: str) -> bool:
    """Whether an IP address, and any IPv4 address inside it, belongs to the public internet.

    Text that is no IP address is not public.

    >>> is_public("9.9.9.9"), is_public("64:ff9b::7f00:1"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _plainly_public(address)
    if address.is_site_local or address.is_link_local or address in _NAT64_LOCAL:
        return False
    # Of an address that only translates another, the one inside is all that counts.
    translated = list(_translated(address))
    if not translated and not _plainly_public(address):
        return False
    return all(_plainly_public(inner) for inner in (*translated, *_isatap(address)))


def _plainly_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
    )


def _translated(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that a mapped, translated or tunnelled address stands for."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _COMPATIBLE or address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _isatap(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 address of the host that an ISATAP interface number names."""
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
