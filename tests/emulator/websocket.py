"""A chat of API Gateway on this machine, as its clients see it: `chatwarden dev --websocket`
with the function for API Gateway behind it, a real WebSocket client, boto3's
`apigatewaymanagementapi`, and moto's DynamoDB for the connections.

    websocket.py CHATWARDEN CHATWARDEN_GATEWAY
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time

import boto3
import websockets
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE = "connections"
LIMIT = 30
checked = 0


def check(name, found, expected):
    global checked
    if found != expected:
        sys.exit(f"{name}:\n  found    {found!r}\n  expected {expected!r}")
    checked += 1


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-west-2",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 0}),
    )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(name, is_so):
    """Waits for what comes to be so, as `$disconnect` and the table do."""
    end = time.monotonic() + LIMIT
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"{name}: not within {LIMIT} s")
        time.sleep(0.02)
    check(name, True, True)


def dynamodb(port):
    """moto's, with the table of template.yaml."""
    tables = client("dynamodb", f"http://127.0.0.1:{port}")
    end = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            if time.monotonic() > end:
                sys.exit("moto does not answer")
            time.sleep(0.1)
    tables.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "connectionId", "AttributeType": "S"},
            {"AttributeName": "room", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "connectionId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byRoom",
                "KeySchema": [
                    {"AttributeName": "room", "KeyType": "HASH"},
                    {"AttributeName": "connectionId", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return tables


def connections(tables):
    items = tables.scan(TableName=TABLE)["Items"]
    return {item["connectionId"]["S"]: item["room"]["S"] for item in items}


def connect(url, user, room, **more):
    query = "&".join(f"{n}={v}" for n, v in {"principalId": user, "room": room, **more}.items())
    return websockets.connect(f"{url}?{query}", proxy=None)


async def text(socket_):
    return await asyncio.wait_for(socket_.recv(), LIMIT)


async def received(socket_):
    return json.loads(await text(socket_))


def message(text):
    return json.dumps({"action": "message", "message": text})


async def chat(url, management, tables):
    async with connect(url, "ann", "lobby") as ann:
        ann_id = next(iter(connections(tables)))
        async with connect(url, "bob", "lobby") as bob, connect(url, "kim", "elsewhere") as kim:
            check("three are connected", sorted(connections(tables).values()), ["elsewhere", "lobby", "lobby"])

            await ann.send(message("good evening"))
            check("the sender's answer", (await received(ann))["message"], "good evening")
            check("the others get it", (await received(bob))["message"], "good evening")

            await ann.send(message("what a chatwardenmask"))
            masked = "what a **************"
            check("masked for the sender", (await received(ann))["message"], masked)
            check("masked for the others", (await received(bob))["message"], masked)

            await ann.send(message("get lost, you chatwardendeny"))
            denied = await received(ann)
            check("a denial's code", denied["code"], 406)
            check("a denial's reason", denied["reason"], "The test term was denied: moderation works.")

            # Text that is no JSON takes $default, and is itself the message.
            await bob.send("hello to ann")
            check("plain text", await text(bob), "hello to ann")
            # What ann gets next is this, and so bob's next is not what was denied.
            check("plain text for the others", await text(ann), "hello to ann")
            await ann.send(message("the last one"))
            check("nobody else got what was denied", (await received(bob))["message"], "the last one")
            check("the sender's own", (await received(ann))["message"], "the last one")

            # A connection that is long gone is forgotten.
            tables.put_item(
                TableName=TABLE,
                Item={"connectionId": {"S": "AAAAAAAAAAAAAAA="}, "room": {"S": "lobby"}},
            )
            await ann.send(message("who is there?"))
            check("an answer all the same", (await received(ann))["message"], "who is there?")
            check("and for bob", (await received(bob))["message"], "who is there?")
            check("the lost one is forgotten", "AAAAAAAAAAAAAAA=" in connections(tables), False)

            # @connections, by an unmodified client. It has its threads, and this one waits.
            call = asyncio.to_thread
            await call(management.post_to_connection, ConnectionId=ann_id, Data=b'"from the backend"')
            check("posted", await received(ann), "from the backend")
            got = await call(management.get_connection, ConnectionId=ann_id)
            check("the identity", got["Identity"]["SourceIp"], "127.0.0.1")
            check("times are in order", got["ConnectedAt"] <= got["LastActiveAt"], True)
            too_large = {"ConnectionId": ann_id, "Data": b"x" * (128 * 1024 + 1)}
            kind = await refused(management.post_to_connection, **too_large)
            check("too large", kind, "PayloadTooLargeException")
            with_nobody = {"ConnectionId": "BBBBBBBBBBBBBBB="}
            for operation in (management.get_connection, management.delete_connection):
                check("gone", await refused(operation, **with_nobody), "GoneException")
            await call(management.delete_connection, ConnectionId=ann_id)
            check("closed by the backend", await closed(ann), 1000)
            kind = await refused(management.post_to_connection, ConnectionId=ann_id, Data=b"x")
            check("gone then", kind, "GoneException")

            # Nothing but what was meant for the room.
            await kim.send(message("nobody here"))
            check("the other room", (await received(kim))["message"], "nobody here")
    until("all are forgotten", lambda: not connections(tables))

    async with connect(url, "ann", "lobby") as ann:
        await ann.send(b"bytes")
        check("a binary frame", await closed(ann), 1003)
    async with connect(url, "ann", "lobby") as ann:
        await ann.send(message("x" * 40_000))
        check("a frame over 32 KB", await closed(ann), 1009)
    try:
        await connect(url.replace("/local", "/prod"), "ann", "lobby")
        sys.exit("connected to a stage that is not there")
    except websockets.InvalidStatus as error:
        check("another stage", error.response.status_code, 403)
    try:
        await websockets.connect(url, proxy=None)
        sys.exit("connected as nobody")
    except websockets.InvalidStatus as error:
        check("nobody", error.response.status_code, 401)


async def refused(operation, **arguments):
    """The error with which a call is refused, by its class."""
    try:
        await asyncio.to_thread(operation, **arguments)
    except ClientError as error:
        return type(error).__name__
    return None


async def closed(socket_):
    """The code with which the service closes a connection."""
    try:
        while True:
            await asyncio.wait_for(socket_.recv(), LIMIT)
    except websockets.ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else None


# The WebSocket of browsers, which Node has too: before version 22 behind the flag.
BROWSER = """
const socket = new WebSocket(process.argv[1] + "?principalId=eve&room=lobby");
socket.onopen = () => socket.send(JSON.stringify({ action: "message", message: "a chatwardenmask" }));
socket.onmessage = (event) => { console.log(JSON.parse(event.data).message); socket.close(1000, "done"); };
socket.onclose = (event) => console.log(event.code);
"""


def browser(url):
    node = shutil.which("node")
    command = [node, "--experimental-websocket", "--no-warnings", "-e", BROWSER, url]
    if node is None or subprocess.run([*command[:2], "-e", ""], capture_output=True).returncode:
        print("skipped: the WebSocket of browsers (there is no Node.js that has one)")
        return
    ran = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
    check("the WebSocket of browsers", (ran.stdout, ran.stderr), ("a **************\n1000\n", ""))


def main(chatwarden, gateway):
    port = free_port()
    moto = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started = [moto]
    try:
        tables = dynamodb(port)
        dev = subprocess.Popen(
            [
                chatwarden, "dev", "--port", "0", "--websocket", "--websocket-port", "0",
                "--route", "message", "--authorizer-from-query", "--output", "json",
                "--function", os.path.abspath(gateway),
                "--env", f"AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:{port}",
                "--env", f"CHATWARDEN_CONNECTIONS_TABLE={TABLE}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(dev)
        service = json.loads(dev.stdout.readline())
        url = service["websocket"]["url"]
        management = client("apigatewaymanagementapi", service["websocket"]["management_endpoint"])
        asyncio.run(chat(url, management, tables))
        browser(url)
    finally:
        for process in started:
            process.kill()
            process.wait()
    print(f"{checked} checks passed")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
