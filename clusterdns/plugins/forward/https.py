"""Upstreams that speak DNS over HTTPS (RFC 8484), by HTTP/2 where they can.

Knows messages without their ID, which is 0 on this way so that replies can be cached. Must not know what is in them.
"""

import asyncio
import base64
import ssl
from typing import Final

import httpx

from clusterdns.plugins.forward.connection import Failure
from clusterdns.plugins.forward.options import Options
from clusterdns.plugins.forward.targets import Target

_SECONDS: Final = 2.0
_PROBE_SECONDS: Final = 1.0
_LARGEST: Final = 65_535
_MEDIA_TYPE: Final = "application/dns-message"
_HEADERS: Final = {"accept": _MEDIA_TYPE, "content-type": _MEDIA_TYPE, "accept-encoding": "identity"}
_ID: Final = b"\0\0"


class Https:
    """The way to one upstream."""

    def __init__(self, target: Target, options: Options, context: ssl.SSLContext) -> None:
        self._url = f"https://{target}/dns-query"
        self._method = options.doh_method
        self._extensions = {"sni_hostname": options.tls_server_name} if options.tls_server_name else {}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=options.max_idle or None)
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                verify=context, http2=True, limits=limits, trust_env=False, local_address=options.source
            ),
            timeout=_SECONDS,
        )

    async def exchange(self, message: bytes, network: str) -> bytes:
        """The reply to a message. Raises `Failure`."""
        return await self._fetch(self._method, _ID + message, _SECONDS)

    async def probe(self, message: bytes) -> None:
        """Has the upstream show by any reply that it is there. Raises `Failure`."""
        await self._fetch("POST", _ID + message, _PROBE_SECONDS)

    def sweep(self) -> None:
        """Does nothing: idle connections are the HTTP client's."""

    async def stop(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def _fetch(self, method: str, message: bytes, seconds: float) -> bytes:
        # The client needs a task to run in.
        return await asyncio.get_running_loop().create_task(self._fetch_in_time(method, message, seconds))

    async def _fetch_in_time(self, method: str, message: bytes, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await self._request(method, message)
        except TimeoutError:
            raise self._failure(method, "context deadline exceeded") from None
        except httpx.HTTPError as error:
            raise self._failure(method, str(error) or type(error).__name__) from None

    async def _request(self, method: str, message: bytes) -> bytes:
        if method == "GET":
            text = base64.urlsafe_b64encode(message).rstrip(b"=").decode()
            request = self._client.build_request(
                method, f"{self._url}?dns={text}", headers=_HEADERS, extensions=self._extensions
            )
        else:
            request = self._client.build_request(
                method, self._url, content=message, headers=_HEADERS, extensions=self._extensions
            )
        response = await self._client.send(request, stream=True)
        try:
            if not response.is_success:  # only success brings a message (RFC 8484 4.2.1)
                raise self._failure(method, f"unexpected HTTP status {response.status_code}")
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > _LARGEST:
                    raise self._failure(method, "http: request body too large")
            return bytes(body)
        finally:
            await response.aclose()

    def _failure(self, method: str, reason: str) -> Failure:
        return Failure(f'{method.capitalize()} "{self._url}": {reason}')
