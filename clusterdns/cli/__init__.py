"""The command line, a command for each thing that one does with a cluster's DNS: `clusterdns serve`, `check`, `get` …

Each command is a module, imported only when it is called, so that a short one starts fast.
"""

from importlib import import_module

import click

from clusterdns import __version__

_COMMANDS = {
    "serve": "Answer for a cluster.",
    "check": "Say what is wrong with a Corefile and manifests, and start nothing.",
    "get": "Print the cluster as the control plane would have made it, or its names.",
    "diff": "Say which names and records change from one set of manifests to another.",
    "explain": "Say what a Pod would ask for a name, who answers, and why.",
    "run": "Run a program as if in a Pod: its resolv.conf, and the cluster's DNS behind it.",
    "resolvconf": "Print the /etc/resolv.conf of a Pod.",
    "doctor": "Say whether this machine asks us, and if not, what would do.",
    "query": "Ask a DNS server, and print the reply as dig does.",
    "cert": "Make a certificate for trying out TLS, HTTPS and QUIC.",
    "init": "Write the example cluster into a folder, to change.",
}


class _Commands(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = import_module(f"clusterdns.cli.{name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from clusterdns.corefile import suggest  # for those who made a mistake only

            raise click.UsageError(f"{error.message} ({suggest(args[0], _COMMANDS)})", ctx) from None

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
    clusterdns serve                           an embedded example, on port 5353
    clusterdns serve --conf Corefile k8s/      your Corefile, your manifests
    clusterdns query web.default.svc.cluster.local
    clusterdns explain -f k8s/ web             why a name resolves, or why not
    clusterdns check k8s/                      what is wrong, before it is applied""",
)
@click.version_option(__version__)
def main() -> None:
    """The DNS of a Kubernetes cluster without the cluster.

    Answers what CoreDNS would answer in a cluster that runs your manifests.
    """
