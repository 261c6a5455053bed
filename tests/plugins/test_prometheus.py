import asyncio
import re

import pytest
from chain import Chain, Itself, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.plugins.base import StartError
from clusterdns.plugins.prometheus import render

BLOCK = """example. a.example. {{
 prometheus {}
 errors
 template IN A web.example {{
  answer "{{{{ .Name }}}} 60 IN A 192.0.2.1"
 }}
 any
}}"""


def chain_of(options=""):
    return Chain(BLOCK.format(options))


def page_of(chain):
    """The page as name{labels} -> value, labels sorted."""
    lines = render(chain.world.metrics.collect()).splitlines()
    samples = (line.rpartition(" ") for line in lines if line.startswith("coredns_"))
    return {name: value for name, _, value in samples}


def family(page, name):
    return {series: value for series, value in page.items() if re.match(rf"coredns_{name}(\{{|$)", series)}


def test_queries_are_counted_by_zone_transport_family_and_type():
    chain = chain_of()
    chain.ask("web.example. A")
    chain.ask("web.example. A", client="fd00::1", transport="tcp")
    chain.ask("web.a.example. TYPE65280")
    same = 'server="dns://:53"'
    assert family(page_of(chain), "dns_requests_total") == {
        f'coredns_dns_requests_total{{family="1",proto="udp",{same},type="A",view="",zone="example."}}': "1",
        f'coredns_dns_requests_total{{family="2",proto="tcp",{same},type="A",view="",zone="example."}}': "1",
        f'coredns_dns_requests_total{{family="1",proto="udp",{same},type="other",view="",zone="a.example."}}': "1",
    }


def test_replies_are_counted_by_code_and_by_the_plugin_below():
    chain = chain_of()
    chain.ask("web.example. A")
    chain.ask("nope.example. A")
    same = 'server="dns://:53",view="",zone="example."'
    assert family(page_of(chain), "dns_responses_total") == {
        f'coredns_dns_responses_total{{plugin="errors",rcode="NOERROR",{same}}}': "1",
        f'coredns_dns_responses_total{{plugin="",rcode="SERVFAIL",{same}}}': "1",
    }


def test_queries_that_want_signatures_are_counted():
    chain = chain_of()
    chain.ask("web.example. A", opt=Opt(1232, codes.DO))
    chain.ask("web.example. A", opt=Opt(1232))
    assert list(family(page_of(chain), "dns_do_requests_total").values()) == ["1"]


def test_sizes_are_summed_up():
    chain = chain_of()
    chain.ask("web.example. A")
    page = page_of(chain)
    same = '{proto="udp",server="dns://:53",view="",zone="example."}'
    assert page[f"coredns_dns_request_size_bytes_sum{same}"] == "29"
    assert page[f"coredns_dns_response_size_bytes_sum{same}"] == "56"


def test_time_falls_into_buckets():
    chain = chain_of()
    query = make_query("web.example. A")
    plugin = chain.setting.plugins["prometheus"]
    ticks = iter([1000.0, 1000.003])
    plugin.clock = lambda: next(ticks)
    chain.clock = plugin.clock
    chain.reply(query)
    page = page_of(chain)
    bucket = 'coredns_dns_request_duration_seconds_bucket{{le="{}",server="dns://:53",view="",zone="example."}}'
    assert (page[bucket.format("0.002")], page[bucket.format("0.004")]) == ("0", "1")


def test_a_kept_reply_that_is_given_again_is_counted_as_often():
    chain = chain_of()
    query = make_query("web.example. A")
    chain.reply(query)
    for count in query.counts:
        count(9)
    for count in query.sized_counts:
        count(9, 0, 0)
    page = page_of(chain)
    assert list(family(page, "dns_requests_total").values()) == ["10"]
    assert list(family(page, "dns_responses_total").values()) == ["10"]
    assert list(family(page, "template_matches_total").values()) == ["10"]


def test_strangers_that_ask_in_all_sizes_do_not_fill_the_memory():
    chain = chain_of()
    for size in range(5000):
        query = make_query("web.example. A")
        query.length = size
        chain.reply(query)
    assert len(chain.world.traffic._tallies) < 4097
    assert list(family(page_of(chain), "dns_requests_total").values()) == ["5000"]


def test_what_no_block_took_is_counted_as_dropped():
    chain = chain_of()
    opt = Opt(1232, options=((8, b"\0\1\0\0"), (10, b"a-cookie")))  # a subnet, which is not echoed, and a cookie
    query = make_query("web.test. A", opt=opt)
    query.server = Itself(chain)
    chain.world.traffic.count_dropped("dns://:53", query, codes.REFUSED)
    page = page_of(chain)
    same = 'server="dns://:53",view="",zone="dropped"'
    assert page[f'coredns_dns_responses_total{{plugin="",rcode="REFUSED",{same}}}'] == "1"
    assert page[f'coredns_dns_request_size_bytes_sum{{proto="udp",{same}}}'] == "49"
    assert page[f'coredns_dns_response_size_bytes_sum{{proto="udp",{same}}}'] == "49"


def test_plugins_and_program_are_named_while_they_serve():
    chain = chain_of()
    chain.setting.listen = (("dns", "::1", 53, b"\x07example\0"),)

    async def while_serving():
        async with chain:
            return page_of(chain)

    page = asyncio.run(while_serving())
    names = ("prometheus", "errors", "any", "template")
    assert family(page, "plugin_enabled") == {
        f'coredns_plugin_enabled{{name="{name}",server="dns://[::1]:53",view="",zone="example."}}': "1"
        for name in names
    }
    assert any(series.startswith('coredns_build_info{goversion="python3.') for series in page)
    assert not family(page_of(chain), "plugin_enabled")


def test_what_never_happened_is_shown_as_zero():
    page = page_of(chain_of())
    assert page["coredns_panics_total"] == page["coredns_reload_failed_total"] == "0"


def test_the_page_is_where_it_is_said_to_be():
    assert [(page.address, page.path) for page in chain_of().setting.pages] == [("localhost:9153", "/metrics")]
    assert chain_of("[::1]:9253").setting.pages[0].address == "[::1]:9253"


def test_the_page_is_in_the_text_format():
    chain = chain_of("{\n runtime_metrics\n }")
    (page,) = chain.setting.pages
    status, text = asyncio.run(page.read())
    assert status == 200
    assert page.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE coredns_panics_total counter\n" in text
    assert "python_gc_collections_total" in text
    assert "process_cpu_seconds_total" in text


def test_a_certificate_makes_it_https(tmp_path):
    (tmp_path / "web.yaml").write_text("tls_server_config: {cert_file: server.crt, key_file: /etc/server.key}\n")
    chain = Chain(". {\n prometheus {\n  tls web.yaml\n }\n}", root=tmp_path)
    chain.start()
    assert list(map(str, chain.setting.pages[0].certificate)) == [f"{tmp_path}/server.crt", "/etc/server.key"]


@pytest.mark.parametrize("text", [None, "tls_server_config: {}", "- a list", "{"])
def test_a_certificate_that_is_not_there_ends_the_start(tmp_path, text):
    if text is not None:
        (tmp_path / "web.yaml").write_text(text)
    chain = Chain(". {\n prometheus {\n  tls web.yaml\n }\n}", root=tmp_path)
    assert [problem for check in chain.setting.checks for problem in check()]
    with pytest.raises(StartError, match=r"prometheus: tls: .*web.yaml"):
        chain.start()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("prometheus localhost", "address 'localhost' has no port"),
        ("prometheus {}", "address '{}' has no port"),
        ("prometheus a:1 b:2", "'b:2' is one argument too many"),
        ("prometheus {\n runtime_metrics extra\n}", "'extra' is one argument too many"),
        ("prometheus {\n tls\n}", "1 argument expected"),
        ("prometheus {\n tls a\n tls b\n}", "tls is given twice"),
        ("prometheus {\n runtime\n}", "did you mean 'runtime_metrics'"),
        ("prometheus\nprometheus", "only once"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"prometheus: .*{problem}"):
        Chain(f". {{\n {line}\n}}")
