"""Words to values, as Go reads them: numbers, durations, addresses.

CoreDNS's plugins read their arguments with Go's strconv, time and net; what those accept, these accept. Each takes
text and returns a value or raises ValueError, whose message ends a sentence that begins with the name of the argument.
Must not know places, plugins, or which value an option wants.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from clusterdns.corefile.errors import quoted

_INTEGER = re.compile(r"[+-]?[0-9]+")
_UNSIGNED = re.compile(
    r"0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(0)((?:_?[0-7])*)|[1-9](?:_?[0-9])*"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)
_DURATION_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_INT64 = 1 << 63
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def parse_integer(text: str) -> int:
    """Reads a decimal integer of 64 bits with or without sign (Go's strconv.Atoi)."""
    if not _INTEGER.fullmatch(text) or len(text) > 64 or not -_INT64 <= int(text) < _INT64:
        raise ValueError(f"{quoted(text)} is not a number")
    return int(text)


def parse_unsigned(text: str, bits: int) -> int:
    """Reads a number without sign, decimal or as 0x1f, 0b11, 0o17 or 017 (Go's strconv.ParseUint with base 0)."""
    found = _UNSIGNED.fullmatch(text)
    if not found or len(text) > 64:
        raise ValueError(f"{quoted(text)} is not a number")
    value = int(found[2], 8) if found[1] == "0" and found[2] else int(text, 0)
    if value >> bits:
        raise ValueError(f"{quoted(text)} is more than {(1 << bits) - 1}")
    return value


def parse_number(text: str) -> float:
    """Reads a decimal number such as 2, 2.5 or 1e3 (Go's strconv.ParseFloat without its hexadecimal form)."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a number")
    return float(text)


def parse_duration(text: str) -> float:
    """Reads a duration such as 5s, 1h30m, 1.5ms, -2m or 0 (Go's time.ParseDuration); returns seconds."""
    negative = text.startswith("-")
    rest = text.removeprefix("-") if negative else text.removeprefix("+")
    if rest == "0":
        return 0.0
    nanoseconds = 0
    position = 0
    while position < len(rest) or not rest:
        part = _DURATION_PART.match(rest, position)
        if part is None or not (part[1] or part[2]) or len(part[1]) > 19:
            raise ValueError(f"{quoted(text)} is not a duration such as 5s, 1h30m or 100ms")
        unit = _NANOSECONDS[part[3]]
        fraction = (part[2] or "0")[:18]
        nanoseconds += int(part[1] or "0") * unit + int(fraction) * unit // 10 ** len(fraction)
        position = part.end()
        if nanoseconds >= _INT64:
            raise ValueError(f"{quoted(text)} is longer than 292 years")
    return (-nanoseconds if negative else nanoseconds) / 10**9


def duration_text(seconds: float) -> str:
    """Writes a duration as Go does: 5s, 1m0s, 1h30m0s, 100ms."""
    nanoseconds = round(seconds * 10**9)
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < 10**9:
        unit = next((unit for unit in ("ms", "µs") if rest >= _NANOSECONDS[unit]), "ns" if rest else "s")
        return f"{sign}{rest / _NANOSECONDS[unit]:g}{unit}"
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    larger = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{larger}{rest / 10**9:g}s"


def parse_string(text: str) -> str:
    r"""Reads a literal in quotes, single or double, with escapes such as `\n` and `\u00e9`, or in backticks without."""
    quote, inner = text[0], text[1:-1]
    return inner if quote == "`" else _ESCAPE.sub(lambda found: _unescape(found[1], quote), inner)


def _unescape(code: str, quote: str) -> str:
    if code == quote:
        return code
    if code in _ESCAPED:
        return _ESCAPED[code]
    if len(code) == 1:
        raise ValueError(f"'\\{code}' is not an escape")
    number = int(code, 8) if code[0].isdigit() else int(code[1:], 16)
    if number > 0x10FFFF:
        raise ValueError(f"'\\{code}' is no character")
    return chr(number)


def parse_ip(text: str) -> IPv4Address | IPv6Address:
    """Reads an IP address without zone or port (Go's net.ParseIP)."""
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not an IP address") from None
    if "%" in text:
        raise ValueError(f"{quoted(text)} is not an IP address")
    return address


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """Reads a network such as 10.0.0.0/8 (Go's net.ParseCIDR); bits behind the prefix are dropped."""
    base, slash, bits = text.partition("/")
    if not slash or not re.fullmatch("[0-9]{1,8}", bits):
        raise ValueError(f"{quoted(text)} is not a network such as 10.0.0.0/8")
    try:
        return ip_network((parse_ip(base), int(bits)), strict=False)
    except ValueError:
        raise ValueError(f"{quoted(text)} is not a network such as 10.0.0.0/8") from None
