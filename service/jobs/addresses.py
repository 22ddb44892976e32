"""The URLs and addresses that a webhook may have.

A caller must not reach hosts of a private network through Kabar.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx2

from service.errors import InvalidRequest

Address = IPv4Address | IPv6Address

_MAX_URL = 2000  # characters
# A gateway translates these to the IPv4 address in the last four bytes.
_NAT64 = IPv6Network("64:ff9b::/96")


def parse(url: str) -> httpx2.URL:
    """Return a valid URL: http(s), no password. Raises `InvalidRequest`."""
    if len(url) > _MAX_URL:
        raise InvalidRequest(f"the webhook's url is over {_MAX_URL} characters: shorten it")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        raise InvalidRequest(f"the webhook's url cannot be read ({error}): correct it") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidRequest("the webhook's url must begin with https:// or http:// and a host")
    if parsed.userinfo:
        raise InvalidRequest(
            "the webhook's url must not have a user or password: check the header "
            "Kabar-Signature instead"
        )
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise InvalidRequest("the port of the webhook's url must be from 1 to 65535")
    return parsed


def resolve(url: httpx2.URL, allow_private: bool) -> list[Address]:
    """Return the addresses of a URL's host, at least one.

    Raises `InvalidRequest` if there is none, or if one is not public and `allow_private` is False.
    """
    host = url.raw_host.decode("ascii")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidRequest(
            f"the webhook's host {host} was not found: correct it, or try again later"
        ) from error
    # The zone of a link-local address, after the %, does not matter.
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    addresses = [ip_address(text) for text in texts]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise InvalidRequest(
            f"the webhook's host {host} is on a private, local or reserved network: give one "
            f"that is public"
        )
    return addresses


def is_public(address: Address) -> bool:
    """Return whether an address is that of a host on the public internet."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour or address.teredo or address.is_site_local:
            return False  # the first two are tunnels to any IPv4 address
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
