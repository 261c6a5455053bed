"""tsig: what its lines mean."""

import base64

import pytest
from chain import Chain

from clusterdns.corefile import CorefileError

SECRET = base64.b64encode(b"a secret that both sides know...").decode()
KEY_FILE = """\
key "first.key." {
    algorithm hmac-sha256;
    secret "%s";
};

key second.key {
    secret %s;
}
"""


def test_keys_may_be_in_a_file_as_bind_has_it(tmp_path):
    (tmp_path / "keys").write_text(KEY_FILE % (SECRET, SECRET))
    secrets = Chain(f". {{\n tsig {{\n secrets {tmp_path}/keys\n }}\n}}").setting.secrets
    assert secrets == {b"\5first\3key\0": base64.b64decode(SECRET), b"\6second\3key\0": base64.b64decode(SECRET)}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense\n", "keys:1: unexpected 'nonsense'"),
        ("key\n", "keys:1: unexpected"),
        ("key a {\n secret\n}\n", "keys:2: unexpected"),
        ("key a {\n}\n", "keys:2: unexpected"),
        ("key a {\n", "has no secret"),
        ("key a {\n secret AAAA\n}\nkey A {\n secret AAAA\n}", "given twice"),
    ],
)
def test_what_is_no_file_of_keys_is_an_error(tmp_path, text, problem):
    (tmp_path / "keys").write_text(text)
    with pytest.raises(CorefileError, match=problem):
        Chain(f". {{\n tsig {{\n secrets {tmp_path}/keys\n }}\n}}")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("secret a.", "expected"),
        ("secret a. AAAA\n secret A. AAAA", "given twice"),
        ("secrets nowhere", "nowhere: No such file"),
        ("require", "expected"),
        ("require A NONSENSE", "'NONSENSE' is unknown to require"),
        ("require_opcode GUESS", "'GUESS' is unknown"),
        ("unknown", "unknown property"),
    ],
)
def test_what_is_no_option_is_an_error(lines, problem):
    with pytest.raises(CorefileError, match=problem):
        Chain(f". {{\n tsig {{\n {lines}\n }}\n}}")


@pytest.mark.parametrize(
    ("option", "refused"),
    [
        ("require all", {"A", "TXT"}),
        ("require none", set()),
        ("require TXT", {"TXT"}),
        ("require_opcode all", {"A", "TXT"}),
        ("require_opcode NOTIFY", set()),
        ("require_opcode QUERY", {"A", "TXT"}),
    ],
)
def test_signatures_may_be_required(option, refused):
    chain = Chain(f"example. {{\n tsig {{\n {option}\n }}\n whoami\n}}")
    assert {qtype for qtype in ("A", "TXT") if chain.ask(f"a.example. {qtype}")[0] == "REFUSED"} == refused


@pytest.mark.parametrize(
    "lines",
    [
        "tsig",
        "tsig example.com {\n secret name.key. test-key\n}",
        "tsig {\n require A AAAA\n require_opcode UPDATE NOTIFY\n}",
        "tsig {\n require_opcode QUERY IQUERY STATUS\n}",
        "tsig {\n require all A\n require none\n}",
        "tsig {\n require NXT\n require ANY TLSA\n}",
    ],
)
def test_what_coredns_takes_is_taken(lines):
    assert "tsig" in Chain(f". {{\n {lines}\n}}").setting.plugins


def test_a_key_that_is_no_base64_is_a_warning():
    chain = Chain(". {\n tsig {\n secret name.key. test-key\n }\n}")
    assert "key name.key. is no base64" in chain.log.getvalue()
