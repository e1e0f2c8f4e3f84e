from ipaddress import ip_address, ip_network

import pytest

from services.fetcher import addresses

# fmt: off
REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2600::5efe:7f00:1", "2600::200:5efe:7f00:1", "3fff::1",
    "5f00::1",
]
# fmt: on

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.32.0.1", "2600::1", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("spelled", REFUSED)
def test_an_address_that_is_not_public_is_refused_with_its_kind(spelled):
    assert addresses.refusal(ip_address(spelled))


@pytest.mark.parametrize("spelled", PUBLIC)
def test_a_public_address_may_be_asked(spelled):
    assert addresses.refusal(ip_address(spelled)) is None


def test_an_allowed_network_wins_and_allows_no_more_than_it_says():
    allowed = [ip_network("10.1.0.0/16")]
    assert addresses.refusal(ip_address("10.1.2.3"), allowed) is None
    assert addresses.refusal(ip_address("10.2.0.1"), allowed)
    assert addresses.refusal(ip_address("::ffff:10.1.2.3"), allowed)


@pytest.mark.parametrize(
    "host", ["0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "127.0.0.01", "1.2.3.4.5", "0x", "127.1."]
)
def test_an_address_in_another_spelling_is_recognised(host):
    assert addresses.is_oddly_spelled(host)


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "[::1]", "1.example", "0x7f.example", "a1", "xn--p1ai"])
def test_names_and_usual_addresses_are_not_odd(host):
    assert not addresses.is_oddly_spelled(host)
