"""`clusterdns run`: programs as they are, in the place of a Pod."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import namespace
import pytest
from commands import run
from real_resolvers import lookup_command
from serving import CLUSTERDNS, PATIENCE, free_port, wait_until

from clusterdns.sandbox.files import plain_nsswitch
from clusterdns.sandbox.kernel import what_would_do
from clusterdns.stub import RESOLVERS

HERE = Path(__file__).parent
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
WEB = "10.108.174.60\n"  # of the embedded example
STATEFUL = """\
apiVersion: v1
kind: Service
metadata: {name: chat}
spec: {clusterIP: None, selector: {app: chat}, ports: [{name: http, port: 8000}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: chat}
spec:
  serviceName: chat
  selector: {matchLabels: {app: chat}}
  template:
    metadata: {labels: {app: chat}}
    spec:
      hostAliases: [{ip: 192.0.2.99, hostnames: [legacy]}]
      containers: [{name: c, image: i}]
"""


@pytest.fixture(autouse=True, scope="module")
def _namespaces_are_allowed():
    tried = run("run", "--", "true")
    if "allows no namespaces" in tried.stderr:
        pytest.skip(tried.stderr)


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    manifest = tmp_path / "chat.yaml"
    manifest.write_text(STATEFUL)
    return manifest


def need(*tools: str) -> None:
    for tool in tools:
        if not shutil.which(tool):
            pytest.skip(f"this machine has no '{tool}'")


def start(*words: str, **how) -> subprocess.Popen[str]:
    """`clusterdns run -- WORDS`, whose program has printed a first line by which we know that it runs."""
    process = subprocess.Popen([*CLUSTERDNS, "run", "--", *words], stdout=subprocess.PIPE, text=True, **how)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_glibc_resolves_by_the_search_path_of_the_pod():
    need("getent")
    ran = run("run", "--from", "data", "--", "getent", "ahostsv4", "db-0.db")
    assert ran.stdout.split()[:3] == ["10.244.115.138", "STREAM", "db-0.db.data.svc.cluster.local"]


def test_the_program_finds_the_pods_resolv_conf_and_nothing_else_that_resolves():
    ran = run("run", "--from", "data", "--", "cat", "/etc/resolv.conf", "/etc/nsswitch.conf")
    assert re.match(r"search data\.svc\.cluster\.local svc\.cluster\.local cluster\.local[^\n]*\n", ran.stdout)
    assert "\nnameserver 10.96.0.10\noptions ndots:5\n" in ran.stdout
    assert "\nhosts: files dns\n" in ran.stdout


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_programs_of_every_resolver_resolve_and_one_is_in_go(resolver, tmp_path_factory):
    lookup = lookup_command(resolver, tmp_path_factory.getbasetemp())
    assert run("run", "--", *lookup, "web").stdout == f"web found {WEB}"


def test_curl_reaches_a_pod_by_its_name(chat):
    need("curl")
    ran = run("run", "-f", chat, "--from", "default/chat-0", "--", sys.executable, HERE / "fetch_inside.py")
    assert ran.stdout == "chat-0 says hello to curl\n", ran.stderr


def test_curl_says_what_does_not_resolve():
    need("curl")
    ran = run("run", "--", "curl", "--silent", "--show-error", "http://nope.default.svc.cluster.local./")
    assert ran.returncode == 6
    assert "Could not resolve host: nope.default.svc.cluster.local" in ran.stderr


@pytest.mark.parametrize("resolver", ["ares", "native"])
def test_a_grpc_client_finds_its_server(chat, resolver):
    pytest.importorskip("grpc")
    inside = (sys.executable, HERE / "call_inside.py")
    ran = run("run", "-f", chat, "--from", "default/chat-0", "--", *inside, GRPC_DNS_RESOLVER=resolver)
    assert ran.stdout == "hello, gRPC\n", ran.stderr


def test_the_pod_knows_itself_and_its_aliases(chat):
    script = "hostname; getent hosts chat-0; getent hosts legacy"
    ran = run("run", "-f", chat, "--from", "default/chat-0", "--", "sh", "-c", script)
    name, itself, alias = ran.stdout.splitlines()
    assert name == "chat-0"
    assert re.fullmatch(r"10\.244\.\S+ +chat-0\.chat\.default\.svc\.cluster\.local chat-0", itself)
    assert alias.split() == ["192.0.2.99", "legacy"]


def test_standard_input_output_and_the_exit_status_are_the_programs():
    ran = run("run", "--", "sh", "-c", "cat; echo oops >&2; exit 7", given="from here")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("from here", "oops\n", 7)


def test_words_of_the_program_need_no_separator():
    assert run("run", "echo", "--net", "-f").stdout == "--net -f\n"


def test_an_end_by_a_signal_is_128_and_its_number():
    assert run("run", "--", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


@pytest.fixture
def _hangups() -> Iterator[None]:
    """What `nohup` starts ignores SIGHUP, and so would all that is started from there."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_hangups")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_program(number):
    name = number.name.removeprefix("SIG")
    process = start("sh", "-c", f"trap 'echo got {name}; exit 9' {name}; echo ready; while :; do sleep 0.02; done")
    process.send_signal(number)
    assert process.communicate(timeout=PATIENCE)[0] == f"got {name}\n"
    assert process.returncode == 9


def test_who_kills_it_kills_the_program_and_nothing_is_left(tmp_path):
    process = start("sh", "-c", "echo ready; echo $$ > pid; exec sleep 1000", cwd=tmp_path)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), "the program wrote nothing")
    program = Path("/proc", (tmp_path / "pid").read_text().strip())
    process.kill()
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: is_gone(program), "the program still runs")


def is_gone(process: Path) -> bool:
    """Has it ended, though perhaps nobody has looked at its end yet?"""
    try:
        return " Z " in (process / "stat").read_text()
    except OSError:
        return True


def test_the_program_has_the_terminal():
    need("setsid")
    ours, theirs = pty.openpty()
    script = "trap 'echo interrupted; exit 3' INT; test -t 0 && test -t 1 && tty; while :; do sleep 0.02; done"
    command = ["setsid", "--ctty", *CLUSTERDNS, "run", "--", "sh", "-c", script]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    seen = read_until(ours, lambda text: "/dev/" in text)
    os.write(ours, b"\x03")
    seen += read_until(ours, lambda text: "interrupted" in text)
    assert seen.count("interrupted") == 1
    assert process.wait(PATIENCE) == 3
    os.close(ours)
    os.close(theirs)


def read_until(file: int, enough: Callable[[str], bool]) -> str:
    text, end = "", time.monotonic() + PATIENCE
    while not enough(text):
        assert time.monotonic() < end, text
        if select.select([file], [], [], 0.1)[0]:
            text += os.read(file, 4096).decode()
    return text


@pytest.mark.skipif(os.geteuid() != 0, reason="is so without it")
def test_it_needs_no_root(tmp_path):
    need(NOBODY[0])
    script = (
        "id -u; grep CapEff /proc/self/status; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; getent ahostsv4 web"
    )
    ran = run("run", "--", "sh", "-c", script, before=NOBODY)
    user, capabilities, first_port, address, *_ = ran.stdout.splitlines()
    assert (user, capabilities.split()[1], first_port) == ("65534", "0" * 16, "0")
    assert address.split()[0] == WEB.strip()


def test_what_the_manifests_say_is_followed(chat):
    script = f"getent hosts later || {{ sed 's/chat/later/' {chat} > {chat.with_name('later.yaml')}; "
    script += "until getent hosts later; do sleep 0.05; done; }"
    ran = run("run", "-f", chat.parent, "--", "sh", "-c", script)
    assert "later.default.svc.cluster.local" in ran.stdout


def test_a_corefile_may_have_further_tiers(tmp_path):
    behind = free_port()
    conf = tmp_path / "Corefile"
    conf.write_text(
        f".:5300 {{\n loop\n forward . 127.0.0.1:{behind}\n}}\n.:{behind} {{\n hosts {{\n 192.0.2.7 far\n }}\n}}\n"
    )
    ran = run("run", "--conf", conf, "--", "getent", "hosts", "far")
    assert ran.stdout.split() == ["192.0.2.7", "far"]


def test_a_corefile_without_plain_dns_is_told(tmp_path):
    (tmp_path / "Corefile").write_text("grpc://. {\n whoami\n}\n")
    ran = run("run", "--conf", tmp_path / "Corefile", "--", "true")
    assert ran.returncode == 125
    assert "has no server block for DNS over UDP and TCP" in ran.stderr


def test_a_corefile_with_plugins_that_are_left_out_is_served_if_wanted(tmp_path):
    (tmp_path / "Corefile").write_text(".:5300 {\n pprof\n kubernetes cluster.local\n}\n")
    words = ("--conf", tmp_path / "Corefile", "--", "getent", "hosts", "web")
    refused = run("run", *words)
    assert refused.returncode == 125
    assert "'pprof' is left out" in refused.stderr
    ran = run("run", "--lenient", "--log", tmp_path / "log", *words)
    assert ran.stdout.startswith(WEB.strip()), ran.stderr
    assert "'pprof' is passed over" in (tmp_path / "log").read_text()


def test_the_servers_log_goes_where_it_is_told(tmp_path):
    conf = tmp_path / "Corefile"
    conf.write_text('.:5300 {\n log . "asked {name}"\n kubernetes cluster.local\n}\n')
    run("run", "--conf", conf, "--log", tmp_path / "log", "--", "getent", "hosts", "web")
    assert "asked web.default.svc.cluster.local." in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("no-such-program",), 127, "clusterdns run: no-such-program: command not found\n"),
        (("./no-such-program",), 127, "clusterdns run: ./no-such-program: No such file or directory\n"),
        (("/etc/passwd",), 126, "clusterdns run: /etc/passwd: Permission denied\n"),
        (("--from", "data/db-9", "true"), 125, "--from data/db-9: there is no Pod data/db-9 (db-0, db-1, db-2)\n"),
        (("--conf", "/nonexistent", "true"), 125, "/nonexistent: No such file or directory\n"),
        (("--conf", "/dev/null", "-f", "/nonexistent", "true"), 125, "/nonexistent"),
    ],
)
def test_what_cannot_be_started_is_said(words, status, said):
    ran = run("run", *words)
    assert ran.returncode == status
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_kernel_that_forbids_namespaces_is_told_of():
    script = 'echo 0 > /proc/sys/user/max_mnt_namespaces; exec "$@"'
    ran = run("run", "--", "true", before=("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"))
    assert ran.returncode == 125
    assert ran.stderr.startswith("Error: this system allows no namespaces here: No space left on device (")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1\n", "userns=0' as root would allow them"),
        ("kernel/unprivileged_userns_clone", "0\n", "userns_clone=1' as root would allow them"),
        ("user/max_user_namespaces", "0\n", "max_user_namespaces=10000' as root would allow them"),
        ("user/max_user_namespaces", "5\n", "root may have them; in a container"),
    ],
)
def test_what_would_allow_namespaces_is_said(tmp_path, file, text, said):
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(text)
    assert said in what_would_do(tmp_path)


def test_nsswitch_leaves_hosts_to_files_and_dns():
    text = "passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] resolve dns\nnetworks: files\n"
    assert plain_nsswitch(text) == "passwd: files\nhosts: files dns\nnetworks: files\n"
    assert plain_nsswitch("passwd: files\n") == "passwd: files\nhosts: files dns\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="what is set up here takes root")
def test_beside_other_networks(tmp_path):
    """Names outside are forwarded, other nameservers are reached, and on the host's network port 53 is found free."""
    need(NOBODY[0])
    said = namespace.run(HERE / "run_in_namespace.py", tmp_path)
    assert said.splitlines() == [
        "forwarded: 192.0.2.80",
        "of the Node: 192.0.2.80",
        "on the host: 127.0.53.2 192.0.2.80",
        "refused to a user: True",
        "allowed to a user: 10.108.174.60",
        "by IPv6: True",
    ]
