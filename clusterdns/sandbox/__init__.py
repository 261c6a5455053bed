"""A program with a Pod's view of DNS: its own mounts and network, where our server is at port 53. Linux only.

Knows namespaces, mounts, sockets and processes. Must not know objects or Corefiles: addresses and the text of files
come in.

The server stays where it is, and so do the sockets by which it asks upstreams. A child goes into the namespaces, binds
there what the server asks for and hands it out, and then becomes the program: nothing stands between the program and
its terminal, and with it go all namespaces.
"""
