#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One packet's worth of traffic between test namespaces.

traffic.py serve PORTS ADDRESS...      TCP and UDP; answers with the address of who asks; prints "ready"
traffic.py ftp ADDRESS HOST,PORT       an FTP server that answers every command with "227 (HOST,PORT)"
traffic.py ask tcp|udp ADDRESS PORT [SOURCE]
                                       prints "answer WHOM", "refused", or "silent" after a few seconds
traffic.py ping ADDRESS                prints the same for an echo request
traffic.py load ADDRESS PORT BYTES     sends BYTES over TCP in full-size packets and prints "sent"
"""
import select
import socket
import sys
import threading

# What the kernel says at once when something denies: a reset, prohibited, or the local verdict.
REFUSALS = (ConnectionRefusedError, PermissionError, OSError)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def bare(address):
    return address.split("%")[0]


def talk(connection):
    with connection:
        try:
            while connection.recv(65536):
                connection.sendall(bare(connection.getpeername()[0]).encode())
        except OSError:
            pass


def serve(ports, addresses):
    streams, datagrams = [], []
    for address in addresses:
        for port in ports:
            stream = socket.socket(family(address), socket.SOCK_STREAM)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stream.bind((address, port))
            stream.listen()
            streams.append(stream)
            datagram = socket.socket(family(address), socket.SOCK_DGRAM)
            datagram.bind((address, port))
            datagrams.append(datagram)
    print("ready", flush=True)
    while True:
        for sock in select.select(streams + datagrams, [], [])[0]:
            if sock in streams:
                threading.Thread(target=talk, args=(sock.accept()[0],), daemon=True).start()
                continue
            _, peer = sock.recvfrom(65536)
            try:
                sock.sendto(bare(peer[0]).encode(), peer)
            except OSError:
                pass  # the network under test may deny an answer


def ftp(address, where):
    server = socket.socket(family(address), socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, 21))
    server.listen()
    print("ready", flush=True)
    while True:
        connection = server.accept()[0]
        connection.sendall(b"220 hello\r\n")
        while connection.recv(4096):
            connection.sendall(b"227 Entering Passive Mode (%s)\r\n" % where.encode())


def ask(kind, address, port, source):
    sock = socket.socket(family(address), socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(3)
    try:
        if source:
            sock.bind((source, 0))
        sock.connect((address, port))
        sock.send(b"who am I")
        print("answer", sock.recv(4096).decode())
    except TimeoutError:
        print("silent")
    except REFUSALS:
        print("refused")


def ping(address):
    six = family(address) == socket.AF_INET6
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    sock = socket.socket(family(address), socket.SOCK_RAW, protocol)
    sock.settimeout(2)
    # The kernel sums up ICMPv6 itself; for IPv4 the sum of this one packet is written down.
    packet = bytes([128, 0, 0, 0, 0, 7, 0, 1]) if six else bytes([8, 0, 0xf7, 0xf7, 0, 7, 0, 1])
    answer = 129 if six else 0
    try:
        sock.connect((address, 0))
        sock.send(packet)
        while True:
            data = sock.recv(4096)
            if data[0 if six else 20] == answer:
                print("answer", address)
                return
    except TimeoutError:
        print("silent")
    except REFUSALS:
        print("refused")


def load(address, port, size):
    sock = socket.create_connection((address, port), 10)
    sock.settimeout(20)
    sock.sendall(b"x" * size)
    sock.recv(4096)
    print("sent")


def main():
    verb, words = sys.argv[1], sys.argv[2:]
    if verb == "serve":
        serve([int(port) for port in words[0].split(",")], words[1:])
    elif verb == "ftp":
        ftp(words[0], words[1])
    elif verb == "ask":
        ask(words[0], words[1], int(words[2]), words[3] if len(words) > 3 else None)
    elif verb == "ping":
        ping(words[0])
    elif verb == "load":
        load(words[0], int(words[1]), int(words[2]))


main()
