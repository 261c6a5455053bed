"""tls: the certificate of a server block that answers over TLS, HTTPS or QUIC.

Syntax:
    tls CERT KEY [CA] {
        client_auth nocert|request|require|verify_if_given|require_and_verify
        keylog FILE
    }

The files are in PEM, and read again when they have changed. Clients that have to show a certificate need one that CA
has signed, or without CA one that the system trusts. `keylog` writes the secrets of all connections to a file, for
programs that look into them. `clusterdns cert` makes a certificate for trying it out.

Other than in CoreDNS, `require` takes no certificate that it can't verify, and there is no ACME.

Examples:
    tls://. {
        tls cert.pem key.pem
        whoami
    }

    https://. {
        tls cert.pem key.pem ca.pem {
            client_auth require_and_verify
        }
        whoami
    }
"""

from pathlib import Path
from typing import Final

from clusterdns.corefile import Args
from clusterdns.credentials import CLIENTS, NEVER, Credentials, Files
from clusterdns.plugins.base import Setting

_SYNTAX: Final = "tls CERT KEY [CA]"
_OPTIONS: Final = {"client_auth": f"client_auth {'|'.join(CLIENTS)}", "keylog": "keylog FILE"}


def setup(args: Args, setting: Setting) -> None:
    """Reads `tls` into `setting.credentials`. Raises `CorefileError`, also for files that can't be used."""
    for _ in args.each(_SYNTAX):
        words = args.words(most=3)
        if not words:
            raise args.error("certificates by ACME are not part of clusterdns", hint=f"name files: {_SYNTAX}")
        if len(words) == 1:
            raise args.error("a certificate needs its key", words[0])
        files = _read_options(args, setting, [setting.path(word) for word in words])
        try:
            setting.credentials = Credentials(files, setting.world.log.warning)
        except ValueError as error:
            raise args.error(str(error), words[0]) from None


def _read_options(args: Args, setting: Setting, files: list[Path]) -> Files:
    clients, keylog = NEVER, None
    for option in args.options(_OPTIONS):
        word = args.words(least=1, most=1)[0]
        if option == "client_auth":
            clients = args.choice(word, "authentication type", CLIENTS)
        else:
            keylog = setting.path(word)
            setting.world.log.warning(f"the secrets of TLS connections are written to {keylog}")
    return Files(files[0], files[1], files[2] if len(files) > 2 else None, clients, keylog)
