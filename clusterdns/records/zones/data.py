"""Record data in presentation form to wire form, as zone files and templates give it.

dnspython reads it, but for the types in which CoreDNS takes more than dnspython does: strings of any length, host
information in any number of words, digests of any length, and the oldest types of RFC 1035.
"""

import binascii
from collections.abc import Callable, Iterator
from typing import Final

import dns.dnssectypes
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer

from clusterdns.dns import codes

_LONGEST_STRING: Final = 255  # octets (RFC 1035 3.3)

Words = dns.tokenizer.Tokenizer
_Reader = Callable[[Words, dns.name.Name], bytes]


def read_data(words: Words, origin: dns.name.Name, rtype: int) -> bytes:
    """The rest of a record's line, from behind its type on, as uncompressed wire form. A type's data has the same form
    in all classes, as for CoreDNS.

    Raises `ValueError` with what is wrong.
    """
    first = words.get()
    if first.is_eol_or_eof():
        raise ValueError(f"{codes.type_text(rtype)} data is missing")
    words.unget(first)
    own = _OWN.get(rtype)
    try:
        if own is not None and first.value != r"\#":
            return own(words, origin)
        kind = dns.rdatatype.RdataType.make(rtype)
        return dns.rdata.from_text(dns.rdataclass.IN, kind, words, origin, relativize=False).to_wire() or b""
    except (dns.exception.DNSException, ValueError) as error:
        problem = str(error) or type(error).__name__
        raise ValueError(f"{codes.type_text(rtype)} data from '{first.value}' on: {problem}") from None


def _octets(words: Words) -> Iterator[bytes]:
    """What the words and quoted strings up to the end of the line hold. One that is too long comes in pieces, as keys
    of DKIM need it.
    """
    while not (word := words.get()).is_eol_or_eof():
        octets = word.unescape_to_bytes().value
        for at in range(0, len(octets) or 1, _LONGEST_STRING):
            yield octets[at : at + _LONGEST_STRING]


def _string(octets: bytes) -> bytes:
    if len(octets) > _LONGEST_STRING:
        raise ValueError(f"a string of {len(octets)} octets, more than {_LONGEST_STRING}")
    return bytes([len(octets)]) + octets


def _strings(words: Words, _origin: dns.name.Name) -> bytes:
    return b"".join(map(_string, _octets(words)))


def _host_information(words: Words, _origin: dns.name.Name) -> bytes:
    """CPU, the first word, and operating system, all others; a string alone holds both."""
    strings = list(_octets(words))
    if len(strings) == 1 and len(halves := strings[0].split()) > 1:
        strings = halves
    return _string(b"".join(strings[:1])) + _string(b" ".join(strings[1:]))


def _digest(*sizes: int, algorithm: int | None = None) -> _Reader:
    """Numbers of so many octets, then hexadecimal digits to the end; the number at `algorithm` may be one's name."""

    def read(words: Words, _origin: dns.name.Name) -> bytes:
        numbers = b""
        for at, size in enumerate(sizes):
            word = words.get_string()
            number = dns.dnssectypes.Algorithm.make(word) if at == algorithm else int(word)
            if not 0 <= number < 1 << 8 * size:
                raise ValueError(f"'{word}' is no number of {size} octets")
            numbers += number.to_bytes(size, "big")
        return numbers + binascii.unhexlify(words.concatenate_remaining_identifiers(True))

    return read


def _names(count: int) -> _Reader:
    def read(words: Words, origin: dns.name.Name) -> bytes:
        data = b"".join(words.get_name(origin).to_wire() or b"" for _ in range(count))
        words.get_eol()
        return data

    return read


_READERS: Final[dict[str, _Reader]] = {
    "TXT NINFO SPF AVC RESINFO": _strings,
    "HINFO": _host_information,
    "MD MF MB MG MR": _names(1),
    "MINFO": _names(2),
    "DS CDS DLV TA": _digest(2, 1, 1, algorithm=1),
    "TLSA SMIMEA": _digest(1, 1, 1),
    "SSHFP": _digest(1, 1),
    "ZONEMD": _digest(4, 1, 1),
}
_OWN: Final = {codes.TYPES[name]: read for names, read in _READERS.items() for name in names.split()}
