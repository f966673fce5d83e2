"""Whether the other end of the socket is the proxy: told by the socket alone, before any header is believed
(reliability-security design, 4.3 and finding 14)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data.settings import BadSetting, Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NARROWEST = {4: 8, 6: 16}  # a network with more addresses than this is nobody's proxy


@dataclass(frozen=True, kw_only=True)
class Peer:
    """``socket``: the app listens on a Unix socket, where whoever connects may open its file. ``networks`` are those
    that the proxy connects from otherwise."""

    socket: bool = False
    networks: tuple[Network, ...] = ()

    def __bool__(self) -> bool:
        return self.socket or bool(self.networks)

    def is_proxy(self, environ: Mapping[str, Any]) -> bool:
        """An empty address is how a Unix socket shows itself; a missing one is nothing."""
        address = environ.get("REMOTE_ADDR")
        if address == "":
            return self.socket
        found = address_of(address)
        return found is not None and any(found.version == one.version and found in one for one in self.networks)


NOBODY: Final = Peer()


def address_of(text: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address of a peer, an IPv4 one also where it comes dressed as IPv6; None for no address."""
    try:
        found = ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def peer_of(settings: Settings) -> Peer:
    """Who is the proxy; raises ``BadSetting`` for a network that is none, or that is nearly everybody."""
    try:
        networks = tuple(ipaddress.ip_network(text) for text in settings.trusted_proxies)
    except ValueError:
        raise BadSetting(
            "BURNBOARD_TRUSTED_PROXIES should be networks such as 10.1.2.0/24, with commas between."
        ) from None
    if any(one.prefixlen < NARROWEST[one.version] for one in networks):
        raise BadSetting("BURNBOARD_TRUSTED_PROXIES holds a network that is too wide: name only the proxy's own.")
    return Peer(socket=settings.socket is not None, networks=networks)
