import pytest
from chain import Chain

from clusterdns.corefile import CorefileError


def view_of(options):
    return Chain(f". {{\n view mine {{\n{options}\n }}\n}}").setting.plugins["view"]


def test_a_view_passes_queries_on():
    chain = Chain(". {\n view mine {\n expr false\n }\n whoami\n}")
    assert chain.ask("web. A")[1].startswith("additional")
    assert Chain(". {\n view mine {\n }\n}").ask("web. A") == ["SERVFAIL unanswered no next plugin found"]


@pytest.mark.parametrize(
    ("expression", "personal"),
    [
        ("type() == 'A' && name() matches '^web' && do() && bufsize() > 512 && size() < 99 && proto() == 'udp'", False),
        ("class() == 'IN' || opcode() == 0", False),
        ("incidr('10.0.0.1', '10.0.0.0/8')", False),
        ("incidr(client_ip(), '10.0.0.0/8')", True),
        ("type() == 'A' && port() == '53'", True),
        ("id() > 7", True),
        ("server_ip() == '10.0.0.1' or server_port() == '53'", True),
        ("len(metadata('some/label')) > 0 ? true : do()", True),
    ],
)
def test_it_is_known_whether_who_asks_may_decide(expression, personal):
    assert view_of(f"expr {expression}").is_personal == personal


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("view", "1 argument expected after 'view'"),
        ("view {\n }", "1 argument expected"),
        ("view a b", "one argument too many"),
        ("view a {\n foo bar\n }", "unknown property 'foo'"),
        ("view a {\n expr name( == 'x'\n }", r"expression 'name\( == 'x'': unexpected '=='"),
        ("view a {\n expr nam() == 'x'\n }", "unknown name 'nam': did you mean 'name'"),
        ("view a {\n expr name() > 5\n }", "does not go with string and int"),
        ("view a {\n expr now() > 5\n }", "'now' of the expr language is not part of clusterdns"),
        ("view a {\n }\n view b {\n }", "can be used only once"),
    ],
)
def test_what_is_wrong_is_told(block, problem):
    with pytest.raises(CorefileError, match=rf"^Corefile:\d: view: .*{problem}"):
        Chain(f". {{\n {block}\n}}")
