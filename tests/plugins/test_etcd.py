"""etcd: a real one, whose records are put, changed and deleted while we answer, which goes away and comes back."""

import json
import shutil
import subprocess
import time

import dns.rcode
import pytest
from asking import addresses, records
from chain import Chain
from serving import PATIENCE, free_port, wait_until

from clusterdns.corefile import CorefileError

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not here")


class Etcd:
    """An etcd with its data in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.port, self.peers = free_port(), free_port()
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        peers = f"http://127.0.0.1:{self.peers}"
        command = [
            "etcd", "--data-dir", self.folder, "--listen-client-urls", self.url, "--advertise-client-urls", self.url,
            "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
            "--initial-cluster", f"default={peers}", "--unsafe-no-fsync",
        ]  # fmt: skip
        with (self.folder.parent / "etcd.log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(lambda: self.ctl("endpoint", "health", check=False).returncode == 0, "etcd does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)

    def ctl(self, *arguments, check=True):
        command = ["etcdctl", f"--endpoints={self.url}", *arguments]
        env = {"ETCDCTL_API": "3", "PATH": "/usr/bin:/bin:/usr/local/bin"}
        return subprocess.run(command, capture_output=True, text=True, check=check, env=env, timeout=PATIENCE)

    def put(self, path, lease="", **service):
        self.ctl("put", f"/skydns/{path}", json.dumps(service), *([f"--lease={lease}"] if lease else []))

    def delete(self, path):
        self.ctl("del", f"/skydns/{path}")

    def lease(self, seconds):
        return self.ctl("lease", "grant", str(seconds)).stdout.split()[1]


@pytest.fixture(scope="module")
def etcd(tmp_path_factory):
    server = Etcd(tmp_path_factory.mktemp("etcd") / "data")
    yield server
    server.stop()


@pytest.fixture
def path(request):
    """A name below test that no other test has, and where its records are."""
    return f"test/t{abs(hash(request.node.name)) % 10**8}"


@pytest.fixture
def zone(path):
    return f"{path.split('/')[1]}.test."


@pytest.fixture
def server(serve, etcd, tmp_path):
    (tmp_path / "Corefile").write_text(
        f"""test {{
            etcd {{
                endpoint http://127.0.0.1:1 {etcd.url}
            }}
        }}
        outside.example {{
            template IN A outside.example {{
                answer "{{{{ .Name }}}} 60 IN A 192.0.2.200"
            }}
        }}
        """
    )
    return serve("--bare", "--conf", tmp_path / "Corefile")


def test_records_are_answered_changed_and_deleted(server, etcd, path, zone):
    etcd.put(f"{path}/web", host="192.0.2.1", port=80)
    reply = server.ask(f"web.{zone}")
    assert (addresses(reply), reply.answer[0].ttl) == (["192.0.2.1"], 300)
    etcd.put(f"{path}/web", host="192.0.2.2", ttl=60)
    reply = server.ask(f"web.{zone}")
    assert (addresses(reply), reply.answer[0].ttl) == (["192.0.2.2"], 60)
    etcd.delete(f"{path}/web")
    reply = server.ask(f"web.{zone}")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert "SOA ns.dns.test. hostmaster.test." in records(reply, "authority")[0]


def test_a_name_has_what_is_kept_below_it(server, etcd, path, zone):
    etcd.put(f"{path}/web/x1", host="192.0.2.1", port=80)
    etcd.put(f"{path}/web/x2", host="2001:db8::2", port=81, priority=20)
    assert addresses(server.ask(f"web.{zone}")) == ["192.0.2.1"]
    assert addresses(server.ask(f"web.{zone}", "AAAA")) == ["2001:db8::2"]
    reply = server.ask(f"web.{zone}", "SRV")
    assert records(reply) == [f"web.{zone} SRV 10 100 80 x1.web.{zone}", f"web.{zone} SRV 20 100 81 x2.web.{zone}"]
    assert records(reply, "additional") == [f"x1.web.{zone} A 192.0.2.1", f"x2.web.{zone} AAAA 2001:db8::2"]
    assert addresses(server.ask(f"x1.web.{zone}")) == ["192.0.2.1"]
    assert server.ask(f"web.{zone}", "TXT").rcode() == dns.rcode.NOERROR


def test_weights_are_shared_out(server, etcd, path, zone):
    for number, weight in enumerate((10, 30), 1):
        etcd.put(f"{path}/web/x{number}", host=f"192.0.2.{number}", port=80, weight=weight)
    shares = [record.split()[3] for record in records(server.ask(f"web.{zone}", "SRV"))]
    assert sorted(shares) == ["25", "75"]


def test_wildcards_stand_for_any_label(server, etcd, path, zone):
    etcd.put(f"{path}/east/web", host="192.0.2.1")
    etcd.put(f"{path}/west/web", host="192.0.2.2")
    etcd.put(f"{path}/west/mail", host="192.0.2.3")
    for label in ("*", "any"):
        assert addresses(server.ask(f"web.{label}.{zone}")) == ["192.0.2.1", "192.0.2.2"]


def test_aliases_are_followed_inside_and_outside(server, etcd, path, zone):
    etcd.put(f"{path}/inside", host=f"web.{zone}")
    etcd.put(f"{path}/web", host="192.0.2.1")
    etcd.put(f"{path}/outside", host="outside.example")
    etcd.put(f"{path}/circle", host=f"line.{zone}")
    etcd.put(f"{path}/line", host=f"circle.{zone}")
    assert records(server.ask(f"inside.{zone}")) == [f"inside.{zone} CNAME web.{zone}", f"web.{zone} A 192.0.2.1"]
    assert records(server.ask(f"inside.{zone}", "CNAME")) == [f"inside.{zone} CNAME web.{zone}"]
    assert addresses(server.ask(f"circle.{zone}")) == []
    outside = "outside.example. A 192.0.2.200"
    assert records(server.ask(f"outside.{zone}", "SRV"), "additional") == [outside]


def test_other_types_have_their_records(server, etcd, path, zone):
    etcd.put(f"{path}/text", text="hello")
    etcd.put(f"{path}/long", text="x" * 300)
    etcd.put(f"{path}/mail/a", host="192.0.2.9", mail=True, priority=5)
    etcd.put(f"{path}/pointer", host="web.example.org")
    assert records(server.ask(f"text.{zone}", "TXT")) == [f'text.{zone} TXT "hello"']
    assert [len(part) for part in server.ask(f"long.{zone}", "TXT").answer[0][0].strings] == [255, 45]
    reply = server.ask(f"mail.{zone}", "MX")
    assert records(reply) == [f"mail.{zone} MX 5 a.mail.{zone}"]
    assert records(reply, "additional") == [f"a.mail.{zone} A 192.0.2.9"]
    assert records(server.ask(f"pointer.{zone}", "PTR")) == [f"pointer.{zone} PTR web.example.org."]


def test_the_zone_has_records_of_its_own(server, etcd):
    etcd.put("test/dns/apex/a", host="192.0.2.80")
    etcd.put("test/dns/ns/ns1", host="192.0.2.53")
    assert addresses(server.ask("test.")) == ["192.0.2.80"]
    reply = server.ask("test.", "NS")
    assert records(reply) == ["test. NS ns1.ns.dns.test."]
    assert records(reply, "additional") == ["ns1.ns.dns.test. A 192.0.2.53"]
    assert "ns.dns.test. hostmaster.test." in records(server.ask("test.", "SOA"))[0]


def test_groups_keep_apart_what_is_below_a_name(server, etcd, path, zone):
    etcd.put(f"{path}/a", host="192.0.2.1", group="one")
    etcd.put(f"{path}/b", host="192.0.2.2", group="one")
    etcd.put(f"{path}/c/d", host="192.0.2.3", group="two")
    etcd.put(f"{path}/c/e", host="192.0.2.4")
    assert addresses(server.ask(zone)) == ["192.0.2.1", "192.0.2.2", "192.0.2.4"]


def test_targets_may_lose_labels(server, etcd, path, zone):
    etcd.put(f"{path}/web/x1", host="192.0.2.1", port=80, targetstrip=1)
    assert records(server.ask(f"web.{zone}", "SRV")) == [f"web.{zone} SRV 10 100 80 web.{zone}"]


def test_a_record_lives_no_longer_than_its_lease(server, etcd, path, zone):
    etcd.put(f"{path}/web", host="192.0.2.1", lease=etcd.lease(100))
    assert 30 <= server.ask(f"web.{zone}").answer[0].ttl <= 100
    etcd.put(f"{path}/short", host="192.0.2.1", lease=etcd.lease(10))
    assert server.ask(f"short.{zone}").answer[0].ttl == 30


def test_what_is_no_record_is_a_failure_of_that_name_only(server, etcd, path, zone):
    etcd.ctl("put", f"/skydns/{path}/bad", "{no json")
    etcd.put(f"{path}/good", host="192.0.2.1")
    assert server.ask(f"bad.{zone}").rcode() == dns.rcode.SERVFAIL
    assert addresses(server.ask(f"good.{zone}")) == ["192.0.2.1"]


def test_etcd_may_go_away_and_come_back(server, etcd, path, zone):
    etcd.put(f"{path}/web", host="192.0.2.1")
    assert addresses(server.ask(f"web.{zone}")) == ["192.0.2.1"]
    etcd.stop()
    begin = time.monotonic()
    assert server.ask(f"web.{zone}", timeout=PATIENCE).rcode() == dns.rcode.SERVFAIL
    assert time.monotonic() - begin < PATIENCE
    etcd.start()
    assert addresses(server.ask(f"web.{zone}", timeout=PATIENCE)) == ["192.0.2.1"]


def test_names_that_do_not_exist_may_fall_through(serve, etcd, tmp_path, path, zone):
    (tmp_path / "Corefile").write_text(f"test {{\n etcd {{\n endpoint {etcd.url}\n fallthrough\n }}\n whoami\n}}")
    assert serve("--bare", "--conf", tmp_path / "Corefile").ask(f"nowhere.{zone}").additional


def test_users_need_their_password(serve, etcd, tmp_path, path, zone):
    etcd.put(f"{path}/web", host="192.0.2.1")
    for command in ("user add root:secret", "user grant-role root root", "auth enable"):
        etcd.ctl(*command.split())
    try:
        for password, code in (("secret", dns.rcode.NOERROR), ("wrong", dns.rcode.SERVFAIL)):
            lines = f"etcd {{\n endpoint {etcd.url}\n credentials root {password}\n }}"
            (tmp_path / password).write_text(f"test {{\n {lines}\n}}")
            assert serve("--bare", "--conf", tmp_path / password).ask(f"web.{zone}").rcode() == code
    finally:
        etcd.ctl("--user=root:secret", "auth", "disable")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("endpoint", "expected"),
        ("path", "PATH is missing"),
        ("credentials root", "expected"),
        ("tls nowhere.pem", "No such file"),
        ("min-lease-ttl soon", "not a duration"),
        ("max-lease-ttl -1s", "not between"),
        ("unknown", "unknown property"),
    ],
)
def test_what_is_no_option_is_an_error(lines, problem):
    with pytest.raises(CorefileError, match=problem):
        Chain(f"test {{\n etcd {{\n {lines}\n }}\n}}")
