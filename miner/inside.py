"""Which addresses are everybody's: where others than whoever runs this installation say what it is to talk to.

They must not reach into its network by that. Whoever runs it may allow it, by a setting for each use.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from miner.errors import BadInput

_TRANSLATED: Final = IPv6Network("64:ff9b::/96")
"""What a network that speaks IPv6 alone makes of addresses of IPv4 (RFC 6052)."""


def refuse_inside(host: str, setting: str) -> None:
    """Asks the resolver for every address of a host.

    Raises BadInput where one is not everybody's, naming the setting that allows those, and where there is none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # no such name; a part of it that no name can have
        raise BadInput(f"the address of {host} cannot be found") from error
    for *_, address in found:
        if not _is_everybodys(str(address[0])):
            raise BadInput(f"{host} is an address inside a network; {setting}=true allows those")


def _is_everybodys(address: str) -> bool:
    ip = ip_address(address.partition("%")[0])
    carried = _carried(ip) if isinstance(ip, IPv6Address) else None
    return ip.is_global and not ip.is_multicast and (carried is None or carried.is_global)


def _carried(ip: IPv6Address) -> IPv4Address | None:
    """The address of IPv4 to which what is sent there goes in the end."""
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour
