"""Calls of BMv2's Thrift server, without Thrift's libraries.

The protocol is Thrift's binary one (strict, unframed) with the service's name before the method's,
as BMv2's TMultiplexedProcessor expects it:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
"""
from __future__ import annotations

import socket
import struct

_VERSION_CALL = 0x80010001
_REPLY = 2
_STOP, _I32, _I64 = 0, 8, 10


class ThriftError(RuntimeError):
    """The switch refused, or what answered was no BMv2."""


def call(service: str, method: str, arguments: list[tuple[str, int]]) -> bytes:
    """The message of a call; arguments are ('i32' or 'i64', value), in order of their ids."""
    name = f'{service}:{method}'.encode()
    message = struct.pack('!II', _VERSION_CALL, len(name)) + name + struct.pack('!I', 0)
    for number, (kind, value) in enumerate(arguments, 1):
        message += (struct.pack('!bhi', _I32, number, value) if kind == 'i32'
                    else struct.pack('!bhq', _I64, number, value))
    return message + bytes([_STOP])


class Client:
    """A connection to a switch's Thrift server; a context manager."""

    def __init__(self, port: int, seconds: float = 5.0):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=seconds)
        self.stream = self.socket.makefile('rb')

    def __enter__(self) -> 'Client':
        return self

    def __exit__(self, *exception: object) -> None:
        self.stream.close()
        self.socket.close()

    def _read(self, form: str) -> tuple:
        size = struct.calcsize(form)
        data = self.stream.read(size)
        if len(data) < size:
            raise ThriftError('the switch closed the connection')
        return struct.unpack(form, data)

    def simple_switch(self, method: str, *arguments: tuple[str, int]) -> None:
        """Calls a method of service simple_switch that returns a 32-bit status."""
        self.socket.sendall(call('simple_switch', method, list(arguments)))
        version, length = self._read('!II')
        self.stream.read(length)
        self._read('!I')
        if version & 0xff != _REPLY:
            raise ThriftError(f'{method}: the switch answered with an exception')
        (kind,) = self._read('!b')
        if kind == _I32:
            _, status = self._read('!hi')
            self._read('!b')
            if status != 0:
                raise ThriftError(f'{method}{arguments}: status {status}')

    def set_queue(self, port: int, packets_per_second: int, packets: int) -> None:
        """Rate and depth of a port; BMv2 gives both to each of its priority queues."""
        self.simple_switch('set_egress_queue_rate', ('i32', port), ('i64', packets_per_second))
        self.simple_switch('set_egress_queue_depth', ('i32', port), ('i32', packets))
