"""dnssec: which record sets are signed by which zone, and what denials say, as in CoreDNS."""

import re
import shutil
import subprocess

import pytest
from chain import Chain

from clusterdns.dns.edns import DO, Opt

pytestmark = pytest.mark.skipif(shutil.which("dnssec-keygen") is None, reason="dnssec-keygen is not here")

SOA = "example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 60"
ANYWHERE = "A HINFO TXT AAAA LOC SRV CERT SSHFP RRSIG NSEC TLSA HIP OPENPGPKEY SPF"
CUT = f"A NS {ANYWHERE[2:]}"
APEX = "A NS SOA HINFO MX TXT AAAA LOC SRV CERT SSHFP RRSIG NSEC DNSKEY TLSA HIP OPENPGPKEY SPF"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    command = ["dnssec-keygen", "-q", "-a", "ED25519", "-K", folder, "example.org"]
    return folder / subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def asked(key):
    """The reply to a question that wants signatures, of what templates say: its lines, signatures cut short."""

    def ask(question, *records, rcode="NOERROR", zones="example.org example.net"):
        lines = "\n".join(f'{section} "{record}"' for section, record in records)
        chain = Chain(
            f"{zones} {{\n dnssec {zones} {{\n key file {key}\n }}\n"
            f" template ANY ANY {question.split()[0]} {{\n {lines}\n rcode {rcode}\n }}\n}}"
        )
        chain.clock.now = 1_800_000_000  # signatures are not made for 1970
        return [short(line) for line in chain.ask(question, opt=Opt(4096, DO))]

    return ask


SIGNATURE = re.compile(r"(.* \d+ RRSIG \w+) (?:\S+ ){6}(\S+) .*")
DENIAL = re.compile(r".* \d+ NSEC (\S+) (.*)")


def short(line):
    """The line, of a signature only what it covers and whose it is."""
    return SIGNATURE.sub(r"\1 by \2", line)


def nsec(lines):
    """The next name of the denial, and the types that there are said to be."""
    (found,) = filter(None, map(DENIAL.fullmatch, lines))
    return found[1], set(found[2].split())


def test_a_record_is_signed_by_the_zone_that_it_is_in(asked):
    lines = asked(
        "www.example.org A",
        ("answer", "www.example.org. 60 IN CNAME db.example.net."),
        ("answer", "db.example.net. 60 IN CNAME elsewhere.example."),
        ("answer", "elsewhere.example. 60 IN A 192.0.2.1"),
    )
    signatures = [line for line in lines if "RRSIG" in line]
    assert sorted(signatures) == [
        "db.example.net. 60 RRSIG CNAME by example.net.",
        "www.example.org. 60 RRSIG CNAME by example.org.",
    ]


@pytest.mark.parametrize(
    ("question", "rcode", "following", "types"),
    [
        ("www.example.org A", "NXDOMAIN", r"\000.www.example.org.", ANYWHERE.replace("A ", "", 1)),
        ("www.example.org A", "NOERROR", r"\000.www.example.org.", ANYWHERE.replace("A ", "", 1)),
        ("www.example.org MX", "NXDOMAIN", r"\000.www.example.org.", ANYWHERE),
        ("www.example.org NSEC", "NXDOMAIN", r"\000.www.example.org.", ANYWHERE),
        ("sub.example.org DS", "NOERROR", r"\000.sub.example.org.", CUT),
        ("example.org DS", "NOERROR", r"\000.example.org.", APEX),
        ("example.org MX", "NOERROR", r"\000.example.org.", APEX.replace("MX ", "")),
        ("example.org NSEC", "NOERROR", r"\000.example.org.", APEX),
    ],
)
def test_a_denial_says_that_the_name_has_other_types(asked, question, rcode, following, types):
    lines = asked(question, ("authority", SOA), rcode=rcode)
    assert lines[0].startswith("NOERROR")
    assert nsec(lines) == (following, set(types.split()))
    answered = [line for line in lines if line.startswith("authority")]
    assert bool(answered) != question.endswith("NSEC")  # that is an answer


@pytest.mark.parametrize(
    ("question", "owner", "following", "types"),
    [
        ("www.sub.example.org A", "sub.example.org.", r"www\000.sub.example.org.", CUT),
        ("example.org MX", "example.org.", r"\000.example.org.", APEX),
    ],
)
def test_a_referral_without_a_key_of_the_child_says_so(asked, question, owner, following, types):
    lines = asked(question, ("authority", f"{owner} 60 IN NS ns.sub.example.org."))
    assert nsec(lines) == (following, set(types.split()))


def test_a_referral_with_a_key_of_the_child_has_that_signed(asked):
    digest = "ds.example.org. 60 IN DS 12345 13 2 " + "00" * 32
    owner = "ds.example.org."
    lines = asked("www.ds.example.org A", ("authority", f"{owner} 60 IN NS ns.ds.example.org."), ("authority", digest))
    assert [line for line in lines if "RRSIG" in line] == [f"authority {owner} 60 RRSIG DS by example.org."]


def test_a_denial_without_a_soa_is_left_as_it_is(asked):
    assert not any("NSEC" in line or "RRSIG" in line for line in asked("www.example.org A", rcode="NXDOMAIN"))
