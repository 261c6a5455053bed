"""QUIC: clients that mean no good, or can't do better, and what becomes of their queries."""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace

import pytest
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, StreamDataReceived, StreamReset
from answering import PATIENCE, PATIENT, Answering, Stub, framed, query_wire
from encrypted import Authority, ask, encrypting, make_authority

from clusterdns.server import doq, quic

SOON = 0.05  # seconds; a time-out that a test waits for
POST = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/dns-query")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


class Client(QuicConnectionProtocol):
    """A client of QUIC that keeps what it hears."""

    def __init__(self, *arguments, **how) -> None:
        super().__init__(*arguments, **how)
        self.heard: asyncio.Queue = asyncio.Queue()

    def quic_event_received(self, event) -> None:
        if isinstance(event, StreamDataReceived | StreamReset | ConnectionTerminated):
            self.heard.put_nowait(event)

    def send(self, data: bytes, *, end: bool = True) -> int:
        """Opens a stream and writes to it."""
        stream = self._quic.get_next_available_stream_id()
        self._quic.send_stream_data(stream, data, end_stream=end)
        self.transmit()
        return stream


def speak(server: Answering, authority: Authority, script, protocol: str = "doq", **how):
    """What a script, which is given a client, returns."""

    async def run():
        configuration = QuicConfiguration(
            alpn_protocols=[protocol], server_name="localhost", cafile=str(authority.file), **how
        )
        async with connect("127.0.0.1", server.port, configuration=configuration, create_protocol=Client) as client:
            return await asyncio.wait_for(script(client), PATIENCE)

    return asyncio.run(run())


QUESTION = framed(query_wire("web.example.", ident=0))


@pytest.mark.parametrize(
    "octets",
    [
        QUESTION + QUESTION,
        QUESTION[:-1],
        b"\0\0",
        b"\0",
        framed(query_wire("web.example.", ident=1)),
        framed(b"no message at all"),
    ],
    ids=["two queries", "part of one", "none", "half a length", "with an ID", "garbage"],
)
def test_who_breaks_the_rules_of_quic_is_let_go(authority, octets):
    async def breaks(client):
        client.send(octets)
        return await client.heard.get()

    async def asks(client):
        client.send(QUESTION)
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority) as server:
        ended = speak(server, authority, breaks)
        assert isinstance(ended, ConnectionTerminated)
        assert ended.error_code == doq.PROTOCOL_ERROR
        assert isinstance(speak(server, authority, asks), StreamDataReceived)


def test_a_query_may_come_in_pieces(authority):
    async def asks(client):
        stream = client.send(QUESTION[:1], end=False)
        client._quic.send_stream_data(stream, QUESTION[1:20])
        client.transmit()
        await client.ping()
        client._quic.send_stream_data(stream, QUESTION[20:], end_stream=True)
        client.transmit()
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority) as server:
        assert speak(server, authority, asks).data[:2] != b"\0\0"


def test_who_does_not_go_on_asking_is_let_go(authority):
    async def dallies(client):
        client.send(QUESTION[:9], end=False)
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority, replace(PATIENT, read=SOON)) as server:
        assert isinstance(speak(server, authority, dallies), ConnectionTerminated)


def test_a_stream_may_be_ended_later_than_its_query(authority):
    async def asks(client):
        for _ in range(2):
            stream = client.send(QUESTION, end=False)
            assert isinstance(await client.heard.get(), StreamDataReceived)
            client._quic.send_stream_data(stream, b"", end_stream=True)
            client.transmit()
        client.send(QUESTION)
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority) as server:
        assert isinstance(speak(server, authority, asks), StreamDataReceived)


def test_more_queries_than_the_server_can_work_on_are_turned_away_one_by_one(authority):
    stub = Stub()

    async def asks(client):
        streams = [client.send(framed(query_wire("waits.example.", ident=0))) for _ in range(6)]
        turned_away = [await client.heard.get() for _ in range(2)]
        server.loop.call_soon_threadsafe(stub.release)
        answered = [await client.heard.get() for _ in range(4)]
        assert {event.stream_id for event in [*turned_away, *answered]} == set(streams)
        return turned_away, answered

    with encrypting(stub, "quic", authority, replace(PATIENT, quic_workers=4)) as server:
        turned_away, answered = speak(server, authority, asks)
        assert {(type(event), event.error_code) for event in turned_away} == {(StreamReset, doq.EXCESSIVE_LOAD)}
        assert {type(event) for event in answered} == {StreamDataReceived}


def test_a_zone_does_not_come_by_quic(authority):
    async def asks(client):
        client.send(framed(query_wire("zone-2.example.", "AXFR", ident=0)))
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority) as server:
        assert speak(server, authority, asks).error_code == doq.INTERNAL_ERROR


def test_too_many_connections_cost_the_quietest_its_own(authority):
    async def keeps_asking(client):
        client.send(QUESTION)
        await client.heard.get()

        async def comes(other):
            other.send(QUESTION)
            return await other.heard.get()

        for _ in range(3):
            configuration = QuicConfiguration(
                alpn_protocols=["doq"], server_name="localhost", cafile=str(authority.file)
            )
            async with connect("127.0.0.1", server.port, configuration=configuration, create_protocol=Client) as other:
                assert isinstance(await comes(other), StreamDataReceived)
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority, replace(PATIENT, quic_connections=1)) as server:
        assert isinstance(speak(server, authority, keeps_asking), ConnectionTerminated)


def test_who_stops_a_reply_costs_nothing(authority):
    """A stream that the client has stopped takes no reply, whether it is known at once or later."""
    stub = Stub()

    async def stops(client):
        for name in ("waits.example.", "web.example."):
            stream = client._quic.get_next_available_stream_id()
            client._quic.send_stream_data(stream, framed(query_wire(name, ident=0)))
            client._quic.stop_stream(stream, 0)
            client.transmit()
        await client.ping()
        server.call(stub.release)
        await client.ping()
        asked = client.send(QUESTION)
        while not isinstance(event := await client.heard.get(), StreamDataReceived):
            assert isinstance(event, StreamReset)
        return event.stream_id == asked

    with encrypting(stub, "quic", authority) as server:
        assert speak(server, authority, stops)


def test_who_stops_a_response_costs_nothing(authority):
    stub = Stub()

    async def stops(client):
        talk = H3Connection(client._quic)
        for name in ("waits.example.", "web.example."):
            stream = client._quic.get_next_available_stream_id()
            talk.send_headers(stream, POST)
            talk.send_data(stream, query_wire(name, ident=0), end_stream=True)
            client._quic.stop_stream(stream, 0)
            client.transmit()
        await client.ping()
        server.call(stub.release)
        await client.ping()
        return stub.asked

    with encrypting(stub, "https3", authority) as server:
        assert speak(server, authority, stops, H3_ALPN[0]) == 2


def test_as_many_streams_are_offered_as_may_be(authority):
    async def looks(client):
        return client._quic._remote_max_streams_bidi

    with encrypting(Stub(), "quic", authority, replace(PATIENT, quic_streams=7)) as server:
        assert speak(server, authority, looks) == 7


def test_who_takes_no_replies_is_let_go(authority):
    async def asks(client):
        client.send(QUESTION)
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority, replace(PATIENT, write=SOON)) as server:
        assert isinstance(speak(server, authority, asks, max_stream_data=0), ConnectionTerminated)


def test_replies_that_nobody_takes_are_not_heaped_up(authority, monkeypatch):
    monkeypatch.setattr(quic, "MOST_UNTAKEN", 10_000)

    async def asks(client):
        for _ in range(10):
            client.send(framed(query_wire("many-100.example.", ident=0)))
        return await client.heard.get()

    with encrypting(Stub(), "quic", authority) as server:
        ended = speak(server, authority, asks, max_stream_data=0)
        assert isinstance(ended, ConnectionTerminated)
        assert ended.error_code == doq.EXCESSIVE_LOAD


def test_who_only_knocks_is_in_nobodys_way(authority):
    """What comes from a made-up address begins a handshake and never ends it."""

    async def knocks(client):
        client.send(QUESTION)
        assert isinstance(await client.heard.get(), StreamDataReceived)
        with server.datagram() as stranger:
            for _ in range(20):
                configuration = QuicConfiguration(alpn_protocols=["doq"], server_name="localhost")
                knocking = QuicConnection(configuration=configuration)
                knocking.connect(("127.0.0.1", server.port), now=0.0)
                for data, _ in knocking.datagrams_to_send(now=0.0):
                    stranger.send(data)
        await client.ping()
        client.send(QUESTION)
        return await client.heard.get()

    limits = replace(PATIENT, quic_connections=5, read=0.5)
    with encrypting(Stub(), "quic", authority, limits) as server:
        assert isinstance(speak(server, authority, knocks), StreamDataReceived)
        server.wait_until(lambda: not len(server.listeners.listeners[0].newcomers))


def test_a_server_that_stops_takes_nobody_new_and_answers_what_was_asked(authority):
    stub = Stub()

    async def waits(client):
        return await client.heard.get()

    async def asks(client):
        client.send(framed(query_wire("waits.example.", ident=0)))
        await client.ping()
        server.loop.call_soon_threadsafe(lambda: server.loop.create_task(server.stop()))
        await client.ping()
        assert isinstance(await asyncio.to_thread(speak, server, authority, waits), ConnectionTerminated)
        server.loop.call_soon_threadsafe(stub.release)
        return await client.heard.get()

    with encrypting(stub, "quic", authority) as server:
        assert isinstance(speak(server, authority, asks), StreamDataReceived)


@pytest.mark.parametrize(("transport", "protocol"), [("quic", "doq"), ("https3", H3_ALPN[0])])
def test_whatever_comes_in_streams_others_are_served(authority, transport, protocol):
    chance = random.Random(1)

    async def blurts(client):
        for number in range(chance.randrange(1, 8)):
            stream = client._quic.get_next_available_stream_id(is_unidirectional=number % 3 == 2)
            kind = chance.choice([b"", b"\0", b"\1", b"\2", b"\3", b"\4", QUESTION[:20]])
            client._quic.send_stream_data(stream, kind + chance.randbytes(chance.randrange(60)), chance.random() < 0.5)
            if chance.random() < 0.2:
                client._quic.reset_stream(stream, chance.randrange(300))
        client.transmit()
        with suppress(ConnectionError):
            await client.ping()

    with encrypting(Stub(), transport, authority) as server:
        for _ in range(8):
            speak(server, authority, blurts, protocol)
        assert ask(transport, server.port, authority, "web.example.").answer
