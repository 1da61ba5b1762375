"""What people would do instead: an agent with a dict of consents that sends a JSON message per record and use.

    agent.py SOCKET PORT CONSENTS

It reads JSON lines as the real agent does ({"path", "value", "t_ms"}), from a Unix socket that it opens, and publishes to a
broker on this machine with QoS 1. It keeps nothing on disk and signs nothing: a batch that the broker has not taken is lost
with the process, and nobody can tell afterwards what rested on which consent.

CONSENTS is JSON: use id -> {"topic", "signals", "until_ms"}. At the end of a connection it waits until the broker has
acknowledged everything, and answers with the number of messages.
"""

import json
import socket
import sys
import threading
import time

import paho.mqtt.client as mqtt


def main():
    path, port, consents_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(consents_file, encoding="utf-8") as file:
        consents = {use: dict(given, signals=set(given["signals"])) for use, given in json.load(file).items()}

    acknowledged, changed = 0, threading.Condition()

    def on_publish(client, userdata, mid, reason, properties):
        nonlocal acknowledged
        with changed:
            acknowledged += 1
            changed.notify()

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_publish = on_publish
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", port)
    client.loop_start()

    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen()
    sent = 0
    while True:
        connection, _ = server.accept()
        before = sent
        with connection, connection.makefile("rb", 1 << 16) as lines:
            for line in lines:
                record = json.loads(line)
                now_ms = time.time() * 1000
                for use, given in consents.items():
                    if record["path"] in given["signals"] and now_ms < given["until_ms"]:
                        message = {"use": use, "path": record["path"], "value": record["value"], "t_ms": record["t_ms"]}
                        client.publish(given["topic"], json.dumps(message), qos=1)
                        sent += 1
            with changed:
                changed.wait_for(lambda: acknowledged == sent)
            connection.sendall(b"%d\n" % (sent - before))


main()
