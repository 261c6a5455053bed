"""What resolvers differ in: which names they ask in which order, what they do after each reply, and the error at the
end. Each resolver is a subclass of `Rules`, which says what most of them do. Values in, values out.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import ClassVar, Final, NamedTuple

from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.steps import Heard, joined


class Candidate(NamedTuple):
    """A name that may be asked, with its final dot. `given`: it is the name as the program gave it."""

    name: str
    given: bool = False


class Then(Enum):
    """What comes after a reply."""

    FOUND = "is done"
    NEXT = "goes on"
    LEAVE = "leaves the search list"  # for the name as it was given
    STOP = "stops"


class Verdict(NamedTuple):
    """What a resolver makes of what it heard of one name: `error` in its own words, `what` in those of DNS."""

    then: Then
    error: str = ""
    what: str = ""


UNFIT: Final = "no name that can be asked (a label has at most 63 octets, all of it 255)"
Tried = Sequence[tuple[Candidate, Verdict]]


class Rules:
    """A resolver's. `unfit` is what it makes of a name that is too long, or has a label that is or is empty."""

    title: ClassVar[str]
    unfit: ClassVar[Verdict]

    def types(self, conf: ResolvConf, types: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the types that are asked for."""
        return types

    def together(self, conf: ResolvConf) -> bool:
        """Do all types of a name go out at once?"""
        return not conf.has("single-request")

    def searches(self, conf: ResolvConf, types: tuple[int, ...]) -> tuple[str, ...]:
        """The search list as this resolver reads it."""
        return conf.search

    def candidates(self, conf: ResolvConf, name: str, types: tuple[int, ...]) -> Iterator[Candidate]:
        """All names that would be asked if none had an answer, for a name without a final dot.

        A name with enough dots is asked as it is first, any other last (resolv.conf(5)).
        """
        given = Candidate(joined(name), given=True)
        enough = name.count(".") >= conf.ndots
        if enough:
            yield given
        for domain in self.searches(conf, types):
            yield Candidate(joined(name, domain))
        if not enough:
            yield given

    def judge(self, heard: Mapping[int, Heard], candidate: Candidate) -> Verdict:
        """What follows from the replies to one name, in the order of the types."""
        raise NotImplementedError

    def error(self, tried: Tried) -> str:
        """The error when no name had an answer: that of the last."""
        return tried[-1][1].error
