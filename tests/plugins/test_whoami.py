import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import NEVER


@pytest.fixture
def chain():
    return Chain(". {\n whoami\n}")


def test_a_client_sees_its_address_port_and_transport(chain):
    assert chain.ask("web.example. A", client="10.1.2.3", transport="udp") == [
        "NOERROR aa",
        "additional web.example. 0 A 10.1.2.3",
        "additional _udp.web.example. 0 SRV 0 0 40212 .",
    ]


def test_a_client_of_ipv6_gets_aaaa(chain):
    assert chain.ask("web.example. TXT", client="fd00::7", transport="tcp")[1:] == [
        "additional web.example. 0 AAAA fd00::7",
        "additional _tcp.web.example. 0 SRV 0 0 40212 .",
    ]


def test_a_link_local_client_is_shown_without_its_interface(chain):
    assert chain.ask("web.example. A", client="fe80::1%eth0")[1] == "additional web.example. 0 AAAA fe80::1"


def test_the_root_can_be_asked(chain):
    assert chain.ask(". A")[2] == "additional _udp. 0 SRV 0 0 40212 ."


def test_a_name_that_leaves_no_room_for_the_transport_gets_no_answer(chain):
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert chain.ask(f"{longest[:-5]}. A")[0] == "NOERROR aa"
    assert chain.ask(f"{longest}. A") == ["dropped"]


def test_the_next_client_must_not_get_the_same_reply(chain):
    assert chain.reply(make_query("web.example. A")).good_until == NEVER


def test_arguments_are_refused():
    with pytest.raises(CorefileError, match=r"unexpected 'example\.org'"):
        Chain(". {\n whoami example.org\n}")
