"""dnssec and sign: validated by delv, and by Unbound, which trust the key."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from asking import addresses, ask
from chain import Chain
from serving import PATIENCE, free_port, wait_until

from clusterdns.corefile import CorefileError
from clusterdns.records.signing.keys import BadKey, parse_key

needs_keygen = pytest.mark.skipif(shutil.which("dnssec-keygen") is None, reason="dnssec-keygen is not here")
needs_delv = pytest.mark.skipif(shutil.which("delv") is None, reason="delv is not here")
needs_unbound = pytest.mark.skipif(shutil.which("unbound") is None, reason="unbound is not here")
pytestmark = needs_keygen


def keygen(folder: Path, algorithm: str = "ECDSAP256SHA256", *, ksk: bool = True) -> Path:
    """A new key of example.org: the name of its two files without their ends."""
    command = ["dnssec-keygen", "-q", "-a", algorithm, *(["-b", "2048"] if algorithm.startswith("RSA") else [])]
    command += ["-K", folder, *(["-f", "KSK"] if ksk else []), "example.org"]
    return folder / subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def public_line(base: Path) -> str:
    return Path(f"{base}.key").read_text().splitlines()[-1]


HOSTS = "192.0.2.1 www.example.org\n192.0.2.2 mail.example.org\n"
SOA = "example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 60"


def corefile(folder: Path, *keys: Path) -> Path:
    """Signs what hosts has of example.org, and a denial for the rest."""
    (folder / "hosts").write_text(HOSTS)
    (folder / "Corefile").write_text(
        f"""example.org {{
            dnssec {{
                key file {" ".join(map(str, keys))}
            }}
            template ANY ANY nothing.example.org {{
                rcode NXDOMAIN
                authority "{SOA}"
            }}
            template ANY SOA example.org {{
                answer "{SOA}"
            }}
            template ANY NS example.org {{
                answer "example.org. 60 IN NS ns.example.org."
            }}
            hosts {folder}/hosts
        }}"""
    )
    return folder / "Corefile"


def delv(folder: Path, port: int, key: Path, name: str, rdtype: str = "A") -> str:
    """What delv makes of a name, trusting one key."""
    fields = public_line(key).split()
    (folder / "anchors").write_text(
        f'trust-anchors {{ example.org. static-key {" ".join(fields[3:6])} "{"".join(fields[6:])}"; }};\n'
    )
    command = ["delv", "@127.0.0.1", "-p", str(port), "-a", folder / "anchors", "+root=example.org", name, rdtype]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout


@needs_delv
@pytest.mark.parametrize("algorithm", ["ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "RSASHA256"])
def test_delv_validates_answers_and_denials(serve, tmp_path, algorithm):
    key = keygen(tmp_path, algorithm)
    server = serve("--bare", "--conf", corefile(tmp_path, key))
    assert "; fully validated" in delv(tmp_path, server.port, key, "www.example.org")
    assert "; negative response, fully validated" in delv(tmp_path, server.port, key, "nothing.example.org")
    assert "; fully validated" in delv(tmp_path, server.port, key, "example.org", "DNSKEY")


@needs_delv
def test_keys_of_both_sorts_share_the_work(serve, tmp_path):
    ksk, zsk = keygen(tmp_path), keygen(tmp_path, ksk=False)
    server = serve("--bare", "--conf", corefile(tmp_path, ksk, zsk))
    assert "; fully validated" in delv(tmp_path, server.port, ksk, "www.example.org")
    signed = server.ask("www.example.org", want_dnssec=True)
    assert [rrset.rdtype for rrset in signed.answer] == [dns.rdatatype.A, dns.rdatatype.RRSIG]
    assert len(signed.answer[1]) == 1
    keys = server.ask("example.org", "DNSKEY", want_dnssec=True, tcp=True)
    assert sorted(len(rrset) for rrset in keys.answer) == [1, 2]


def test_who_does_not_ask_for_signatures_gets_none(serve, tmp_path):
    server = serve("--bare", "--conf", corefile(tmp_path, keygen(tmp_path)))
    assert [rrset.rdtype for rrset in server.ask("www.example.org").answer] == [dns.rdatatype.A]
    assert server.ask("nothing.example.org").rcode() == dns.rcode.NXDOMAIN
    assert server.ask("nothing.example.org", want_dnssec=True).rcode() == dns.rcode.NOERROR


@contextmanager
def unbound(folder: Path, port: int, anchor: str):
    """Unbound as a validator in front of a port; where it listens."""
    ours = free_port()
    (folder / "unbound.conf").write_text(
        f"""server:
    interface: 127.0.0.1
    port: {ours}
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    trust-anchor: "{anchor}"
forward-zone:
    name: "example.org"
    forward-addr: 127.0.0.1@{port}
"""
    )
    with (folder / "unbound.log").open("w") as log:
        process = subprocess.Popen(["unbound", "-d", "-c", folder / "unbound.conf"], stdout=log, stderr=log)
    try:
        yield ours
    finally:
        process.terminate()
        process.wait(20)


@needs_unbound
def test_unbound_validates_and_sees_what_is_false(serve, tmp_path):
    right, wrong = keygen(tmp_path), keygen(tmp_path)
    server = serve("--bare", "--conf", corefile(tmp_path, right))

    def asked(key, name):
        with unbound(tmp_path, server.port, public_line(key)) as port:
            found = []

            def answered():
                try:
                    found[:] = [ask(name, port=port, want_dnssec=True, timeout=1)]
                except (dns.exception.Timeout, OSError):
                    return False
                return True

            wait_until(answered, "Unbound does not answer")
            return found[0]

    good = asked(right, "www.example.org")
    assert addresses(good) == ["192.0.2.1"]
    assert good.flags & dns.flags.AD
    assert asked(right, "nothing.example.org").flags & dns.flags.AD
    assert asked(wrong, "www.example.org").rcode() == dns.rcode.SERVFAIL


ZONE = """$TTL 60
@ SOA ns host 1 2 3 4 300
@ NS ns
ns A 127.0.0.1
www A 192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.53
*.wild A 192.0.2.9
"""


@needs_delv
def test_a_zone_file_is_signed_and_served(serve, tmp_path):
    key = keygen(tmp_path)
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "Corefile").write_text(
        f"""example.org {{
            root {tmp_path}
            sign zone {{
                key file {key}
                directory .
            }}
            file db.example.org.signed {{
                reload 100ms
            }}
        }}"""
    )
    server = serve("--bare", "--conf", tmp_path / "Corefile")
    wait_until(lambda: addresses(server.ask("www.example.org")), "it is not served")
    for name, said in (
        ("www.example.org", "; fully validated"),
        ("some.wild.example.org", "; fully validated"),
        ("nothing.example.org", "; negative response, fully validated"),
    ):
        assert said in delv(tmp_path, server.port, key, name)
    assert "Successfully signed zone" in server.log()
    assert server.ask("example.org", "CDS").answer
    assert server.stop() == 0
    again = serve("--bare", "--conf", tmp_path / "Corefile")
    assert "signatures are valid" in again.log()
    assert addresses(again.ask("www.example.org")) == ["192.0.2.1"]


def test_a_zone_that_can_not_be_signed_is_a_warning(serve, tmp_path):
    key = keygen(tmp_path)
    (tmp_path / "zone").write_text("www 60 IN A 192.0.2.1\n")
    (tmp_path / "Corefile").write_text(
        f"example.org {{\n root {tmp_path}\n sign zone {{\n key file {key}\n directory .\n }}\n whoami\n}}"
    )
    server = serve("--bare", "--conf", tmp_path / "Corefile")
    assert 'Error signing "example.org."' in server.log()
    assert "there is no SOA record" in server.log()


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("dnssec {\n key file nowhere\n}", "nowhere.key: No such file"),
        ("dnssec {\n key\n}", "expected"),
        ("dnssec {\n key aws_secretsmanager secret\n}", "not read from 'aws_secretsmanager'"),
        ("dnssec {\n cache_capacity many\n}", "cache_capacity"),
        ("dnssec {\n unknown\n}", "unknown property"),
        ("dnssec example.net {\n key file KEY\n}", "can not sign any of the zones"),
        ("sign", "DBFILE"),
        ("sign db.\N{REPLACEMENT CHARACTER}", "no name of a file"),
        ("sign zone {\n key directory keys\n}", "not implemented"),
        ("sign zone {\n key file ZSK\n}", "not a key signing key"),
        ("sign zone {\n directory a b\n}", "one argument too many"),
    ],
)
def test_what_can_not_sign_is_an_error(tmp_path, lines, problem):
    lines = lines.replace("KEY", str(keygen(tmp_path))).replace("ZSK", str(keygen(tmp_path, ksk=False)))
    with pytest.raises(CorefileError, match=problem):
        Chain(f"example.org {{\n {lines}\n}}")


def test_what_is_no_key_is_said(tmp_path):
    one, other = keygen(tmp_path), keygen(tmp_path)
    public, private = (Path(f"{one}.{kind}").read_text() for kind in ("key", "private"))
    foreign = Path(f"{other}.private").read_text()
    for keys, problem in (
        ((public, foreign), "is not that of the DNSKEY record"),
        (("", private), "no DNSKEY record"),
        (("example.org. IN A 192.0.2.1", private), "no DNSKEY record, but A"),
        ((public, ""), "PrivateKey is missing"),
        ((public, "PrivateKey: ?"), "no private key"),
    ):
        with pytest.raises(BadKey, match=problem):
            parse_key(*keys)
