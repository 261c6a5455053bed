"""What names are answered, told by a letter each: `web-nsf` is asked under two search domains and as it is, and gets
NXDOMAIN, SERVFAIL and an address. For walks as they are told and for a server of the same mind.
"""

from clusterdns.dns import codes
from clusterdns.stub import Heard

SEARCH = ("a.example", "b.example")
_FOUND, _NODATA = Heard(codes.NOERROR, found=True), Heard(codes.NOERROR)
_NXDOMAIN, _SERVFAIL, _REFUSED = Heard(codes.NXDOMAIN), Heard(codes.SERVFAIL), Heard(codes.REFUSED)
_ALIAS = Heard(codes.NOERROR, alias=True)

SILENT = "o"
LETTERS = {  # to A and to AAAA
    SILENT: (Heard(None), Heard(None)),
    "f": (_FOUND, _FOUND),
    "n": (_NXDOMAIN, _NXDOMAIN),
    "d": (_NODATA, _NODATA),
    "s": (_SERVFAIL, _SERVFAIL),
    "r": (_REFUSED, _REFUSED),
    "c": (_ALIAS, _ALIAS),
    "4": (_FOUND, _NODATA),
    "6": (_NODATA, _FOUND),
    "x": (_FOUND, _NXDOMAIN),
    "y": (_FOUND, _SERVFAIL),
    "z": (_SERVFAIL, _FOUND),
    "v": (_NODATA, _SERVFAIL),
    "w": (_SERVFAIL, _NODATA),
    "u": (_NXDOMAIN, _SERVFAIL),
    "t": (_SERVFAIL, _NXDOMAIN),
    "p": (_NODATA, _REFUSED),
    "q": (_REFUSED, _NXDOMAIN),
}
_DATA = {codes.A: "192.0.2.7", codes.AAAA: "2001:db8::7"}


def heard(name: str, rtype: int) -> Heard:
    """What a name of letters, or one in a domain of SEARCH, is answered; silence if it has none."""
    letters = name.partition(".")[0].rpartition("-")[2]
    place = next((place for place, domain in enumerate(SEARCH) if name.endswith(f".{domain}.")), len(SEARCH))
    return LETTERS[letters[place]][rtype == codes.AAAA]


def corefile() -> str:
    """The same for a server that logs what is asked: a template for each place and letter, a fault for silence."""
    lines = [".:53 {", '    log . "asked {name} {type}"']
    for place, domain in enumerate((*SEARCH, "")):
        lines += [
            f"    fault *-{'?' * place}{SILENT}{'?' * (2 - place)}{domain and f'.{domain}'} {{",
            "        drop",
            "    }",
        ]
        for letter, said in LETTERS.items():
            if letter == SILENT:
                continue
            before = "." * place
            zone = domain.replace(".", "[.]") + "[.]" if domain else ""
            match = f"^[a-z.0-9-]+-{before}{letter}{'.' * (2 - place)}([.][a-e]+)*[.]{zone}$"
            for rtype, each in zip((codes.A, codes.AAAA), said, strict=True):
                lines += [
                    f"    template IN {codes.type_text(rtype)} . {{",
                    f"        match {match}",
                    *_told(each, rtype),
                ]
                lines += ["        fallthrough", "    }"]
    return "\n".join([*lines, "}", ""])


def _told(each: Heard, rtype: int) -> list[str]:
    if each.found:
        return [f'        answer "{{{{ .Name }}}} 60 IN {codes.type_text(rtype)} {_DATA[rtype]}"']
    if each.alias:
        return ['        answer "{{ .Name }} 60 IN CNAME nowhere.invalid."']
    return [f"        rcode {codes.rcode_text(each.rcode or 0)}"]
