"""What etcd is asked: ranges of keys and leases, by the JSON gateway of its v3 API.

Knows keys and values as text. Must not know what they mean.
"""

import asyncio
import base64
import binascii
import ssl
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import httpx

_SECONDS: Final = 5.0  # for a question, whichever endpoints it takes (CoreDNS's etcdTimeout)
_UNAUTHENTICATED: Final = 401
_BAD_REQUEST: Final = 400


class EtcdError(Exception):
    """etcd has no answer, or one that can't be read."""


class KeyValue(NamedTuple):
    """A key, its value, and the lease that it has, 0 for none."""

    key: str
    value: bytes
    lease: int


class Client:
    """Asks the first endpoint that answers."""

    def __init__(
        self, endpoints: Sequence[str], credentials: tuple[str, str] | None, context: ssl.SSLContext | None
    ) -> None:
        self._endpoints = [each if "://" in each else f"http://{each}" for each in endpoints]
        self._credentials = credentials
        self._token = ""
        self._http = httpx.AsyncClient(
            verify=context if context is not None else True, timeout=_SECONDS, trust_env=False
        )

    async def get(self, key: str) -> list[KeyValue]:
        """The key itself. Raises `EtcdError`."""
        return _read(await self._ask("kv/range", {"key": _encode(key)}))

    async def get_below(self, prefix: str) -> list[KeyValue]:
        """All keys that begin with `prefix`, in order. Raises `EtcdError`."""
        raw = prefix.encode()
        end = raw[:-1] + bytes([raw[-1] + 1])  # a path ends in "/"
        question = {"key": _encode(prefix), "range_end": base64.b64encode(end).decode()}
        return _read(await self._ask("kv/range", question))

    async def time_to_live(self, lease: int) -> int:
        """Seconds that a lease has left; 0 if that is unknown."""
        try:
            return int((await self._ask("lease/timetolive", {"ID": str(lease)})).get("TTL", 0))
        except (EtcdError, TypeError, ValueError):
            return 0

    async def close(self) -> None:
        """Closes all connections."""
        await self._http.aclose()

    async def _ask(self, what: str, question: dict[str, str]) -> dict[str, Any]:
        # The HTTP client needs a task to run in.
        return await asyncio.get_running_loop().create_task(self._ask_in_time(what, question))

    async def _ask_in_time(self, what: str, question: dict[str, str]) -> dict[str, Any]:
        problem = ""
        try:
            async with asyncio.timeout(_SECONDS):
                for endpoint in self._endpoints:
                    try:
                        return await self._ask_one(endpoint, what, question)
                    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
                        problem = f"{endpoint}: {error or type(error).__name__}"
        except TimeoutError:
            problem = f"no answer within {_SECONDS:g} s"
        raise EtcdError(problem)

    async def _ask_one(self, endpoint: str, what: str, question: dict[str, str]) -> dict[str, Any]:
        if self._credentials is not None and not self._token:
            await self._log_in(endpoint)
        response = await self._post(endpoint, what, question)
        if self._credentials is not None and response.status_code in (_UNAUTHENTICATED, _BAD_REQUEST):
            await self._log_in(endpoint)  # the token is too old
            response = await self._post(endpoint, what, question)
        return _object_in(response)

    async def _log_in(self, endpoint: str) -> None:
        assert self._credentials is not None
        self._token = ""
        user, password = self._credentials
        response = await self._post(endpoint, "auth/authenticate", {"name": user, "password": password})
        self._token = str(_object_in(response).get("token", ""))

    async def _post(self, endpoint: str, what: str, question: dict[str, str]) -> httpx.Response:
        headers = {"authorization": self._token} if self._token else {}
        return await self._http.post(f"{endpoint}/v3/{what}", json=question, headers=headers)


def _object_in(response: httpx.Response) -> dict[str, Any]:
    """What a response holds. Raises `ValueError` for an error, and for what is no JSON object."""
    found = response.json()
    if not isinstance(found, dict):
        raise ValueError("the response is no JSON object")  # noqa: TRY004 - as what can't be parsed
    if response.is_error:
        raise ValueError(str(found.get("message") or found.get("error") or response.status_code))
    return found


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _read(found: dict[str, Any]) -> list[KeyValue]:
    """The keys and values of a range. Raises `EtcdError`."""
    try:
        return [
            KeyValue(
                base64.b64decode(each["key"]).decode(),
                base64.b64decode(each.get("value", "")),
                int(each.get("lease", 0)),
            )
            for each in found.get("kvs", ())
        ]
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError) as error:
        raise EtcdError(f"the response can't be read: {type(error).__name__} {error}") from None
