"""`clusterdns resolvconf`: the /etc/resolv.conf of a Pod."""

from typing import Any

import click

from clusterdns.cli.loading import load
from clusterdns.cli.node import node_conf
from clusterdns.cli.options import file_options, read
from clusterdns.stub import NotThere, encode_resolv_conf, limits_elsewhere, parse_resolv_conf, resolv_conf_of


@click.command(
    name="resolvconf",
    epilog="""What the kubelet leaves out, and older ones or other resolvers would, is said on standard error.

    \b
    clusterdns resolvconf shop -f k8s/
    clusterdns resolvconf shop/orders-0 -f k8s/ --resolv-conf node.conf""",
)
@click.argument("client", metavar="NAMESPACE[/POD]")
@click.option(
    "--resolv-conf",
    "node",
    type=click.File(encoding="utf-8", errors="replace"),
    metavar="FILE",
    help="That of the Node, as the kubelet's option of this name.  [default: /etc/resolv.conf]",
)
@file_options
def command(client: str, node: Any, **given: Any) -> None:
    """Print the /etc/resolv.conf that the kubelet would give a Pod, or an ordinary Pod of a namespace.

    dnsPolicy, dnsConfig and hostNetwork are heeded. Pods of workloads have the names that 'clusterdns get objects'
    shows.
    """
    options = read(**given)
    keeper, problems = load(options)
    if problems:
        raise click.ClickException("\n".join(map(str, problems)))
    host = parse_resolv_conf(node.read()) if node else node_conf()
    namespace, _, pod = client.partition("/")
    domain = options.settings.cluster_domain
    try:
        made = resolv_conf_of(keeper.cluster, namespace, pod, domain=domain, host=host)
    except NotThere as error:
        raise click.UsageError(str(error)) from None
    for warning in (*made.warnings, *limits_elsewhere(made.conf)):
        click.echo(f"Warning: {warning}", err=True)
    click.echo(encode_resolv_conf(made.conf), nl=False)
