"""Which IP addresses may be asked: only those of the public internet, and what the operator allows by name.

The ranges are the IANA special-purpose registries (RFC 6890 and its updates) as Python's `ipaddress` knows them,
and, beyond them, everything that carries another address inside: through a translator it would be reached unseen.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL: tuple[tuple[Network, str], ...] = (
    (ip_network("0.0.0.0/8"), "this network"),
    (ip_network("100.64.0.0/10"), "carrier-grade NAT"),
    (ip_network("168.63.129.16/32"), "a cloud's metadata service"),
    (ip_network("192.0.0.0/24"), "protocol assignments"),
    (ip_network("192.88.99.0/24"), "6to4 relay"),
    (ip_network("198.18.0.0/15"), "benchmarking"),
    (ip_network("::/96"), "IPv4-compatible"),
    (ip_network("::ffff:0:0/96"), "IPv4-mapped"),
    (ip_network("::ffff:0:0:0/96"), "IPv4-translated"),
    (ip_network("64:ff9b::/96"), "NAT64"),
    (ip_network("64:ff9b:1::/48"), "local NAT64"),
    (ip_network("100::/64"), "discard"),
    (ip_network("2001::/32"), "Teredo"),
    (ip_network("2002::/16"), "6to4"),
    (ip_network("3fff::/20"), "documentation"),
    (ip_network("5f00::/16"), "segment routing"),
    (ip_network("fec0::/10"), "site-local"),
)
_ISATAP = {0x00005EFE, 0x02005EFE}

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+", re.ASCII)


def refusal(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why this address may not be asked, or None. `allowed` wins over everything.

    An IPv4 address inside an IPv6 one (`::ffff:127.0.0.1`) is allowed only by naming the IPv6 network.
    """
    if any(address in network for network in allowed):
        return None
    return _kind(address) or _embedding(address)


def _embedding(address: Address) -> str | None:
    for network, name in SPECIAL:
        if address in network:
            return name
    if isinstance(address, IPv6Address) and int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return "ISATAP"
    return None


def _kind(address: Address) -> str | None:
    kinds = (
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("multicast", address.is_multicast),
        ("unspecified", address.is_unspecified),
        ("reserved", address.is_reserved),
        ("private", address.is_private or not address.is_global),
    )
    return next((name for name, holds in kinds if holds), None)


def literal(host: str) -> Address | None:
    """The address that `host` spells in the usual way, brackets or not; None where it is a name."""
    try:
        return ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def is_oddly_spelled(host: str) -> bool:
    """Whether a resolver might take `host` for an IPv4 address that is not written as four decimal numbers.

    As in the WHATWG URL standard: a host whose last label is a number is an address (`127.1`, `0x7f.1`,
    `2130706433`, `0177.0.0.1`); no domain ends so.
    """
    last = host.removesuffix(".").rpartition(".")[2]
    return _NUMBER.fullmatch(last) is not None and literal(host) is None
