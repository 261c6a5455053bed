"""sign: signs zone files, again and again before their signatures end (RFC 6781).

The signed zone, with NSEC and with CDS records for its parent, is written to a file, which the file or auto plugin
serves. Its serial is the time of the signing. A zone is signed when there is no signed file, when that is more than six
days old, or when its signatures end within a week; that is looked at every five hours.

Syntax:
    sign DBFILE [ZONES...] {
        key file KEY...
        directory DIR
    }

DBFILE is the zone file, below `root` if its path is relative; ZONES default to those of the server block. KEY names a
pair of files as for the dnssec plugin, and has to be a key signing key, which signs everything. The signed zone
example.org is DIR/db.example.org.signed; DIR is /var/lib/coredns by default.

Examples:
    example.org {
        sign db.example.org {
            key file keys/Kexample.org
            directory signed
        }
        file signed/db.example.org.signed
    }
"""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clusterdns.corefile import Args, Token
from clusterdns.dns.names import Name, name_text, parse_name
from clusterdns.plugins.base import Setting, World

if TYPE_CHECKING:
    from clusterdns.records.signing.keys import Key

_SYNTAX: Final = "sign DBFILE [ZONES...]"
_OPTIONS: Final = {"key": "key file KEY...", "directory": "directory DIR"}
_DIRECTORY: Final = "/var/lib/coredns"
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_LOOK: Final = 5.0 * _HOUR  # seconds between two looks
_OLD: Final = 6 * _DAY  # seconds after which a zone is signed again
_ENDS: Final = 7 * _DAY  # seconds before the end of a signature in which it is made anew
_BEFORE: Final = 3 * _HOUR  # seconds since when a new signature holds, since clocks differ
_HOLDS: Final = 32 * _DAY
_JITTERS: Final = (18 * _HOUR, 5 * _DAY)  # seconds by which it begins earlier, and ends later


@dataclass
class Job:
    """A zone to be signed."""

    origin: Name
    source: Path
    target: Path
    keys: "list[Key]"
    jitters: tuple[float, float]


class Signing:
    """Does the jobs of a server block."""

    def __init__(self, world: World) -> None:
        self.jobs: list[Job] = []
        self._world = world
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Signs what is due, before the first query: file servers find their files then."""
        for job in self.jobs:
            await self._look(job)

    def look(self) -> None:
        """Signs what is due by now."""
        for job in self.jobs:
            task = asyncio.get_running_loop().create_task(self._look(job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look(self, job: Job) -> None:
        log, text = self._world.log, name_text(job.origin)
        why = self._why(job)
        if why is None:
            log.info(f'Skipping signing zone "{text}" in "{job.target}": signatures are valid', "sign")
            return
        log.info(f'Signing "{text}" because {why}', "sign")
        tags = ",".join(str(key.tag) for key in job.keys)
        try:
            serial = await asyncio.to_thread(self._sign, job)
        except Exception as error:  # noqa: BLE001 - dnspython fails in many ways at zones that nobody would sign
            log.warning(f'Error signing "{text}" with key tags "{tags}": {error}', "sign")
            return
        done = f'Successfully signed zone "{text}" in "{job.target}" with key tags "{tags}" and {serial} SOA serial'
        log.info(done, "sign")

    def _why(self, job: Job) -> str | None:
        """Why a zone has to be signed; None if it need not be."""
        from clusterdns.records.signing.whole import validity  # it takes a while to import

        try:
            holds = validity(job.target.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            return f"{job.target}: {getattr(error, 'strerror', None) or error}"
        if holds is None:
            return "no SOA RRSIG found"
        now, (begin, end) = self._world.wall(), holds
        if begin > now:
            return f"its signatures begin in {begin - now:.0f} s"
        if now - begin > _OLD:
            return f"it was signed {now - begin:.0f} s ago"
        if end - now < _ENDS:
            return f"its signatures end in {end - now:.0f} s"
        return None

    def _sign(self, job: Job) -> int:
        """Signs a zone and puts the file in its place; the serial."""
        from clusterdns.records.signing.whole import sign_zone  # it takes a while to import

        now = int(self._world.wall())
        early, late = job.jitters
        begin, end = int(now - _BEFORE - early), int(now + _HOLDS + late)
        signed = sign_zone(job.source.read_text(encoding="utf-8"), job.origin, job.keys, now, begin, end)
        part = job.target.with_name(f"{job.target.name}.{os.getpid()}")
        part.write_text(signed, encoding="utf-8")
        part.replace(job.target)
        return now


def setup(args: Args, setting: Setting) -> None:
    """Reads all `sign` blocks and their keys. Raises `CorefileError`."""
    signing, random = Signing(setting.world), setting.world.random
    for _ in args.each(_SYNTAX):
        word = args.word("DBFILE")
        if "\N{REPLACEMENT CHARACTER}" in word:  # a file that is never found would be looked for again and again
            raise args.error(f"'{word}' is no name of a file", word)
        source = setting.path(word)
        zones = [parse_name(zone) for zone in args.zones(args.words())]
        keys: list[Key] = []
        folder = Path(_DIRECTORY)
        for option in args.options(_OPTIONS):
            if option == "directory":
                folder = setting.path(args.words(least=1, most=1)[0])
            else:
                words = args.words(least=2)
                if words[0] != "file":
                    raise args.error(f"'{words[0]}' is not implemented, in CoreDNS neither", words[0])
                keys += [_read_key(args, setting, word) for word in words[1:]]
        for zone in zones:
            early, late = (random.uniform(0, most) for most in _JITTERS)
            target = folder / f"db.{name_text(zone)}signed"
            signing.jobs.append(Job(zone, source, target, keys, (early, late)))
    if setting.world.leads:
        setting.on_start(signing.start)
        setting.every(_LOOK, signing.look)


def _read_key(args: Args, setting: Setting, word: Token) -> "Key":
    from clusterdns.records.signing.keys import BadKey, read_key  # it takes a while to import

    try:
        key = read_key(setting.path(word))
    except BadKey as error:
        raise args.error(str(error), word) from None
    if not key.is_ksk:
        raise args.error(f"{word}: it is not a key signing key", word, "dnssec-keygen -f KSK")
    return key
