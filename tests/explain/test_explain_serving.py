"""The server's part: blocks, plugins, upstreams, and what a reply went through."""

from explaining import pod, service
from serving import dead_end

WEB = service("{clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}") + pod("a")
NAME = "web.default.svc.cluster.local."


def test_a_name_that_no_server_block_is_for_is_refused(explain):
    told = explain("www.example.com.", WEB, "cluster.local {\n kubernetes\n}\n")

    assert "no server block of the Corefile is for www.example.com, so it is refused" in told.summary
    assert (told.queries[0]["outcome"], told.queries[0]["tier"], told.queries[0]["block"]) == (
        "REFUSED",
        "server",
        None,
    )


def test_a_name_that_no_plugin_answers_for_is_servfail(explain, tmp_path):
    told = explain("www.example.com.", WEB, ". {\n errors\n kubernetes cluster.local\n}\n")

    assert f"no plugin of the server block at {tmp_path}/Corefile:1 answers for www.example.com" in told.summary
    assert told.queries[0]["outcome"] == "SERVFAIL"


def test_a_corefile_without_the_cluster_has_no_names_of_it(explain, tmp_path):
    told = explain("web", WEB, ". {\n whoami\n}\n")

    assert (
        f"the server block at {tmp_path}/Corefile:1, which takes web.default.svc.cluster.local, has no kubernetes"
        in (told.summary)
    )
    assert told.hint == "kubernetes cluster.local in it"


def test_a_name_that_falls_through_says_where_it_went(explain):
    upstream = dead_end()
    corefile = f". {{\n kubernetes cluster.local {{\n  fallthrough\n }}\n forward . {upstream}\n}}\n"

    told = explain("wbe.default.svc.cluster.local.", WEB, corefile)

    assert "upstream-failed" in told.codes
    assert f"upstream {upstream} gives no answer: connection refused" in told.said("upstream-failed")
    assert told.queries[0]["path"] == ["kubernetes", "forward"]
    assert told.queries[0]["upstream"] == upstream


def test_a_name_that_falls_through_to_nobody_is_servfail(explain):
    corefile = ". {\n kubernetes cluster.local {\n  fallthrough\n }\n}\n"

    told = explain("wbe.default.svc.cluster.local.", WEB, corefile)

    assert "kubernetes lacks it and lets it fall through, which is SERVFAIL" in told.said("no-plugin")


def test_hosts_keeps_a_name_that_it_lacks(explain, tmp_path):
    told = explain("www.example.com.", WEB, ". {\n hosts {\n  192.0.2.1 other.example.com\n }\n}\n")

    assert f"hosts at {tmp_path}/Corefile:2 has no www.example.com and keeps it from others" in told.summary
    assert told.hint == "fallthrough in it"


def test_the_tiers_of_a_reply_are_told(explain):
    corefile = ". {\n kubernetes cluster.local\n hosts {\n  192.0.2.1 www.example.com\n  fallthrough\n }\n cache\n}\n"

    told = explain("web", WEB, corefile)
    query = told.query(NAME)

    assert (query["plugin"], query["tier"], query["path"]) == ("kubernetes", "table", ["cache", "hosts", "kubernetes"])
    assert query["block"]["line"] == 1
    assert query["block"]["keys"] == ["."]
    assert query["cached"] == {"seconds": 5, "denial": False}
    assert query["kept"] is False, "the next reply has an age"
    assert told.query(NAME, "AAAA")["cached"] == {"seconds": 5, "denial": True}
    assert explain("www.example.com.", WEB, corefile).queries[0]["tier"] == "hosts file"


def test_a_reply_that_only_the_table_decides_is_kept_whole(explain):
    query = explain("web", WEB, "cluster.local {\n kubernetes\n}\n").query(NAME)

    assert (query["kept"], query["cached"]) == (True, None)


def test_the_block_with_the_longest_zone_takes_the_name(explain):
    corefile = ". {\n whoami\n}\ncluster.local {\n kubernetes\n}\n"

    assert explain("web", WEB, corefile).query(NAME)["block"]["keys"] == ["cluster.local"]


def test_a_long_answer_is_asked_for_again_over_tcp(explain):
    names = " ".join(f"name-{number}.example.com" for number in range(2))
    lines = "\n".join(f"  192.0.2.{number} {names}" for number in range(1, 60))

    told = explain("name-0.example.com.", WEB, f". {{\n hosts {{\n{lines}\n }}\n}}\n")

    assert told.queries[0]["transport"] == "tcp"
    assert len(told.answers) == 59


def test_the_first_address_with_a_cluster_is_the_one_that_is_asked(explain):
    corefile = ".:5301 {\n whoami\n}\ncluster.local:5302 {\n kubernetes\n}\n"

    assert explain("web", WEB, corefile).answers == ["10.96.0.80"]


def test_a_name_that_is_rewritten_is_explained_as_what_it_becomes(explain, tmp_path):
    corefile = ". {\n rewrite name web.example web.default.svc.cluster.local\n kubernetes cluster.local\n}\n"

    told = explain("web.example.", WEB, corefile)

    assert told.answers == ["10.96.0.80"]
    assert f"rewrite at {tmp_path}/Corefile:2 makes web.default.svc.cluster.local A of it: the cluster" in told.summary
    lacking = explain("web.example.", WEB, corefile.replace("web.default.svc", "wbe.default.svc"))
    assert "of it: there is no Service wbe in namespace default (did you mean web?)" in lacking.summary


def test_a_plugin_that_says_no_is_named(explain, tmp_path):
    corefile = ". {\n acl {\n  block\n }\n kubernetes cluster.local\n}\n"

    told = explain("web.default.svc.cluster.local.", WEB, corefile)

    assert f"acl at {tmp_path}/Corefile:2 says REFUSED" in told.summary


def test_what_another_plugin_says_of_a_name_is_not_taken_for_the_clusters(explain, tmp_path):
    hosts = " hosts {\n  192.0.2.9 web.default.svc.cluster.local\n  fallthrough\n }\n"

    told = explain("web", WEB, f". {{\n{hosts} kubernetes cluster.local\n}}\n")

    assert told.answers == ["192.0.2.9"]
    assert told.summary == f"web resolves to 192.0.2.9: hosts at {tmp_path}/Corefile:2 says so"


def test_a_fault_is_named(explain, tmp_path):
    faults = " fault web.* {\n  rcode NXDOMAIN\n }\n fault wbe.* {\n  drop\n }\n"
    corefile = f". {{\n{faults} kubernetes cluster.local\n}}\n"

    told = explain("web.default.svc.cluster.local.", WEB, corefile)

    assert told.summary.endswith(f"fault at {tmp_path}/Corefile:2 says NXDOMAIN")
    assert "no-service" not in told.codes
    dropped = explain("wbe.default.svc.cluster.local.", WEB, corefile)
    assert (dropped.codes, dropped.queries[0]["outcome"]) == ({"no-reply"}, "no reply")
