"""Who is at the other end of the socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from access.peer import NOBODY, Peer, peer_of
from data.settings import BadSetting, Settings

SOCKET = peer_of(Settings(socket=Path("/run/b.sock")))
NETWORKS = peer_of(Settings(trusted_proxies=("10.1.2.0/24", "192.0.2.7", "2001:db8::/64")))


@pytest.mark.parametrize(
    ("peer", "address", "is_proxy"),
    [
        (SOCKET, "", True), (SOCKET, "127.0.0.1", False), (SOCKET, None, False), (SOCKET, " ", False),
        (NETWORKS, "10.1.2.3", True), (NETWORKS, "::ffff:10.1.2.3", True), (NETWORKS, "10.1.3.3", False),
        (NETWORKS, "192.0.2.7", True), (NETWORKS, "2001:db8::1", True), (NETWORKS, "2001:db9::1", False),
        (NETWORKS, "", False), (NETWORKS, "10.1.2.3, 8.8.8.8", False), (NETWORKS, "localhost", False),
        (NOBODY, "", False), (NOBODY, "127.0.0.1", False),
    ],
)  # fmt: skip
def test_only_the_proxys_own_connection_counts(peer: Peer, address: str | None, is_proxy: bool) -> None:
    environ = {} if address is None else {"REMOTE_ADDR": address}
    assert peer.is_proxy(environ | {"HTTP_X_FORWARDED_FOR": "10.1.2.3"}) is is_proxy


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "10.0.0.1/24", "proxy", "10.1.2.0/33", "::/3"])
def test_networks_that_are_everybody_or_none_are_refused(network: str) -> None:
    with pytest.raises(BadSetting, match="BURNBOARD_TRUSTED_PROXIES") as caught:
        peer_of(Settings(trusted_proxies=(network,)))
    assert network not in str(caught.value).replace("10.1.2.0/24", "")
