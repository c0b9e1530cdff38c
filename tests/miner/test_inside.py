"""Which addresses are everybody's."""

import pytest

from miner.errors import BadInput
from miner.inside import refuse_inside

INSIDE = [
    *("127.0.0.1", "127.1", "0x7f000001", "0.0.0.0", "localhost", "10.0.0.8", "192.168.1.1", "169.254.169.254"),  # noqa: S104
    *("100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1%1", "fd00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:100.64.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
]


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_a_network_is_refused_whatever_it_is_written_as(host: str) -> None:
    with pytest.raises(BadInput, match="inside a network; SEEDWATCH_ANY_PRIVATE=true allows those"):
        refuse_inside(host, "SEEDWATCH_ANY_PRIVATE")


@pytest.mark.parametrize("host", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_that_is_everybodys_is_not(host: str) -> None:
    refuse_inside(host, "SEEDWATCH_ANY_PRIVATE")


@pytest.mark.parametrize("host", ["no-such-name.invalid", f"{'a' * 64}.com", "a..b", "."])
def test_what_has_no_address_is_refused(host: str) -> None:
    with pytest.raises(BadInput, match="cannot be found"):
        refuse_inside(host, "SEEDWATCH_ANY_PRIVATE")
