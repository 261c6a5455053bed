"""Run by test_run in the place of a Pod: a gRPC server at the Pod's own address, and a client that finds it by name."""

import socket
from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/chat.Chat/Hello"


def hello(request: bytes, _: grpc.ServicerContext) -> bytes:
    return b"hello, " + request


server = grpc.server(ThreadPoolExecutor(1))
handler = grpc.unary_unary_rpc_method_handler(hello)
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("chat.Chat", {"Hello": handler})])
server.add_insecure_port(f"{socket.gethostbyname(socket.gethostname())}:50051")
server.start()
with grpc.insecure_channel("dns:///chat:50051") as channel:
    print(channel.unary_unary(METHOD)(b"gRPC", timeout=10, wait_for_ready=True).decode())
server.stop(None)
