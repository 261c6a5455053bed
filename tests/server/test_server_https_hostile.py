"""Clients of HTTPS that mean no good, or can't do better: each is bounded, and others are served."""

import ssl
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings
import pytest
from answering import PATIENCE, PATIENT, Answering, Stub, query_wire
from encrypted import Authority, encrypting, is_closed, make_authority, secured

SOON = 0.05  # seconds; a time-out that a test waits for
PING = b"\0\0\x08\x06\0\0\0\0\0" + b"12345678"  # a frame of HTTP/2
POST = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/dns-query")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


def test_a_thousand_idle_connections_give_way_to_one_that_asks(authority):
    limits = replace(PATIENT, https_connections=20)
    with encrypting(Stub(), "https", authority, limits) as server, ExitStack() as crowd:
        guests = server.listeners.listeners[0].guests
        for _ in range(1000):
            crowd.enter_context(server.connect())
        with talking(server, authority) as talk:
            assert talk.post(query_wire("web.example.", ident=0)) == 200
        server.wait_until(lambda: len(guests) <= 20)


class Talk:
    """One side of HTTP/2."""

    def __init__(self, sock: ssl.SSLSocket, window: int = 65_535) -> None:
        self.sock = sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        self.h2.local_settings = h2.settings.Settings(
            initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
        )
        self.h2.initiate_connection()
        self.events: list[h2.events.Event] = []
        self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def ask(self, message: bytes, *, headers=POST, end: bool = True) -> int:
        """Sends a request; its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers)
        self.h2.send_data(stream, message, end_stream=end)
        self.flush()
        return stream

    def until(self, kind: type | tuple[type, ...], **attributes) -> h2.events.Event:
        """The next event of a kind, or of one of some; an error if the server ends the connection first."""
        while True:
            for event in self.events:
                if isinstance(event, kind) and all(getattr(event, key) == is_ for key, is_ in attributes.items()):
                    self.events.remove(event)
                    return event
            data = self.sock.recv(65_536)
            assert data, "the server has ended the connection"
            self.events += self.h2.receive_data(data)
            self.flush()

    def post(self, message: bytes) -> int:
        """The status of the response to a query."""
        stream = self.ask(message)
        headers = dict(self.until(h2.events.ResponseReceived, stream_id=stream).headers)
        self.until(h2.events.StreamEnded, stream_id=stream)
        return int(headers[b":status"])


@contextmanager
def talking(server: Answering, authority: Authority, window: int = 65_535):
    with secured(server, authority, "h2") as sock:
        yield Talk(sock, window)


def test_a_response_without_a_body_has_an_end(authority):
    with encrypting(Stub(), "https", authority) as server, talking(server, authority) as talk:
        talk.until(h2.events.StreamEnded, stream_id=talk.ask(b"", headers=[(b":method", b"HEAD"), *POST[1:]]))


def test_requests_side_by_side_are_answered_as_each_is_ready(authority):
    stub = Stub()
    with encrypting(stub, "https", authority) as server, talking(server, authority) as talk:
        slow, fast = talk.ask(query_wire("waits.example.", ident=0)), talk.ask(query_wire("web.example.", ident=0))
        talk.until(h2.events.StreamEnded, stream_id=fast)
        server.call(stub.release)
        talk.until(h2.events.StreamEnded, stream_id=slow)


def test_a_request_that_is_cancelled_is_no_work_any_more(authority):
    stub = Stub()
    with encrypting(stub, "https", authority) as server, talking(server, authority) as talk:
        talk.h2.reset_stream(talk.ask(query_wire("waits.example.", ident=0)))
        talk.flush()
        assert talk.post(query_wire("web.example.", ident=0)) == 200


def test_who_opens_requests_only_to_cancel_them_is_shown_the_door(authority):
    with encrypting(Stub(), "https", authority) as server, talking(server, authority) as talk:
        with suppress(OSError):
            for _ in range(1000):
                talk.h2.reset_stream(talk.ask(query_wire("waits.example.", ident=0)))
        assert is_closed(talk.sock)
        with talking(server, authority) as other:
            assert other.post(query_wire("web.example.", ident=0)) == 200


def test_a_response_waits_for_a_client_that_has_no_room_yet(authority):
    with encrypting(Stub(), "https", authority) as server, talking(server, authority, window=0) as talk:
        stream = talk.ask(query_wire("web.example.", ident=0))
        talk.until(h2.events.ResponseReceived, stream_id=stream)
        talk.h2.increment_flow_control_window(10, stream)
        talk.flush()
        assert len(talk.until(h2.events.DataReceived, stream_id=stream).data) == 10
        talk.h2.increment_flow_control_window(1000, stream)
        talk.flush()
        talk.until(h2.events.StreamEnded, stream_id=stream)


def test_a_body_that_is_no_message_for_its_size_is_refused(authority):
    with encrypting(Stub(), "https", authority) as server, talking(server, authority) as talk:
        stream = talk.ask(b"", end=False)
        left = 70_000
        while left > 0:
            size = min(left, talk.h2.local_flow_control_window(stream), talk.h2.max_outbound_frame_size)
            if size:
                talk.h2.send_data(stream, bytes(size))
                talk.flush()
                left -= size
            else:
                talk.until(h2.events.WindowUpdated)
        assert dict(talk.until(h2.events.ResponseReceived, stream_id=stream).headers)[b":status"] == b"400"
        assert talk.post(query_wire("web.example.", ident=0)) == 200


def test_headers_without_end_are_refused(authority):
    with encrypting(Stub(), "https", authority) as server:
        with talking(server, authority) as talk:
            with suppress(OSError):
                talk.ask(b"", headers=[*POST, *((b"x-%d" % number, b"x" * 1000) for number in range(30))])
            assert is_closed(talk.sock)
        with secured(server, authority, "http/1.1") as client:
            client.sendall(b"GET /dns-query HTTP/1.1\r\nhost: localhost\r\nx: " + b"x" * 20_000)
            assert client.recv(100).startswith(b"HTTP/1.1 431")
            assert is_closed(client)


@pytest.mark.parametrize(
    "garbage", [b"no HTTP at all\r\n\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", bytes(100)]
)
def test_what_is_no_request_ends_the_connection(authority, garbage):
    with encrypting(Stub(), "https", authority) as server:
        with secured(server, authority, "http/1.1") as client:
            client.sendall(garbage)
            assert client.recv(100).startswith(b"HTTP/1.1 400")
            assert is_closed(client)
        with secured(server, authority, "h2") as client:
            client.sendall(garbage)
            assert is_closed(client)


@pytest.mark.parametrize(
    "part", [b"", b"POST /dns-query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 30\r\n\r\nhalf"]
)
def test_half_a_request_ends_in_time(authority, part):
    limits = replace(PATIENT, read=SOON)
    with encrypting(Stub(), "https", authority, limits) as server, secured(server, authority) as client:
        client.sendall(part)
        assert is_closed(client)


def test_a_client_that_takes_no_responses_is_let_go(authority):
    limits = replace(PATIENT, write=SOON)
    with encrypting(Stub(), "https", authority, limits) as server, talking(server, authority) as talk:
        with suppress(ConnectionError, ssl.SSLError):
            while True:
                talk.sock.sendall(10_000 * PING)  # which are answered, too
        guests = server.listeners.listeners[0].guests
        server.wait_until(lambda: not len(guests))


def test_who_wants_one_response_no_more_loses_no_other(authority):
    """Room for responses and the end of a request in one breath."""
    with encrypting(Stub(), "https", authority) as server, talking(server, authority, window=0) as talk:
        dropped = talk.ask(query_wire("web.example.", ident=0))
        talk.until(h2.events.ResponseReceived, stream_id=dropped)
        talk.h2.increment_flow_control_window(1)
        talk.h2.reset_stream(dropped)
        kept = talk.ask(query_wire("web.example.", ident=0))
        talk.h2.increment_flow_control_window(1000, kept)
        talk.flush()
        talk.until(h2.events.StreamEnded, stream_id=kept)


def test_a_server_that_stops_takes_no_more_requests_and_answers_those_it_has(authority):
    stub = Stub()
    with encrypting(stub, "https", authority) as server, talking(server, authority) as talk:
        asked = talk.ask(query_wire("waits.example.", ident=0))
        server.wait_until(lambda: stub.under_way)
        server.loop.call_soon_threadsafe(lambda: server.loop.create_task(server.stop()))
        answered_or_refused = (h2.events.StreamEnded, h2.events.StreamReset)
        while True:
            late = talk.ask(query_wire("web.example.", ident=0))
            end = talk.until(answered_or_refused, stream_id=late)
            if isinstance(end, h2.events.StreamReset):
                break
        assert end.error_code == h2.errors.ErrorCodes.REFUSED_STREAM  # which may be asked again elsewhere
        server.call(stub.release)
        talk.until(h2.events.StreamEnded, stream_id=asked)
        farewell = talk.until(h2.events.ConnectionTerminated)
        assert farewell.last_stream_id == late
        assert not farewell.error_code


def test_nothing_is_read_beside_a_request_that_waits(authority):
    """HTTP/1.1 answers one after the other; what is sent ahead stays with the client."""
    post = b"POST /dns-query HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n"
    slow, fast = (query_wire(name, ident=0) for name in ("waits.example.", "web.example."))
    stub = Stub()
    with encrypting(stub, "https", authority) as server, secured(server, authority, "http/1.1") as client:
        ahead = 2000
        client.setblocking(False)
        client.send(post % len(slow) + slow)
        server.wait_until(lambda: stub.under_way)
        (guest,) = server.listeners.listeners[0].guests
        with suppress(ssl.SSLWantWriteError):
            for _ in range(ahead):
                client.send((post % len(fast) + fast) * 100)
        server.wait_until(lambda: not guest._transport.is_reading())
        server.call(stub.release)
        client.settimeout(PATIENCE)
        answered = client.recv(65_536)
        while answered.count(b"HTTP/1.1 200") < 10:
            answered += client.recv(65_536)
