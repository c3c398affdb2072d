"""The control plane by boto3 and the AWS CLI, unmodified: every operation, its refusals,
and every answer held against the service's own model, as botocore brings it.

    python3 clients.py CHATWARDEN HANDLER

CHATWARDEN is the command, HANDLER the handler's binary. Needs boto3 and awscli.
"""

import base64
import datetime
import json
import os
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import botocore.exceptions
import botocore.parsers
import dateutil.parser
from botocore.config import Config

CHATWARDEN, HANDLER = "chatwarden", "chatwarden-handler"
EVENTS = Path(__file__).parents[2] / "events"
ACCOUNT, REGION = "123456789012", "us-west-2"
HOOK = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hook"
ROOMS = f"arn:aws:ivschat:{REGION}:{ACCOUNT}:room/*"
REGIONS = {"ap-northeast-1", "ap-northeast-2", "ap-south-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2"}

# Refusals that a model does not list, for they come before the service or from its rates.
COMMON_ERRORS = {
    "ivschat": {"ThrottlingException": 429, "InternalServerException": 500, "AccessDeniedException": 403, "UnknownEndpoint": 404},
    "lambda": {"AccessDeniedException": 403},
    "cloudwatch": {"ValidationError": 400, "InvalidParameterCombination": 400},
    "sts": {},
    "chime-sdk-messaging": {"NotFoundException": 404},
}

# What was seen to work, by (service, operation); `boto3` and `cli`.
worked = {"boto3": set(), "cli": set()}


class Server:
    """`chatwarden dev` on a free port."""

    def __init__(self, *options):
        command = [CHATWARDEN, "dev", "--port", "0", "--output", "json", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.started = json.loads(self.process.stdout.readline())
        self.environment = self.started["environment"]

    def client(self, service, key="local", region=REGION, **config):
        config = {"retries": {"total_max_attempts": 1}, "parameter_validation": False, **config}
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=key,
            aws_secret_access_key="local",
            config=Config(**config),
        )
        client.meta.events.register(f"before-parse.{client.meta.service_model.service_id.hyphenize()}", hold_to_model)
        return client

    def knob(self, method, name, body=None):
        """One of the emulator's own paths, unsigned."""
        url = f"{self.environment['AWS_ENDPOINT_URL']}/_chatwarden/{name}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method)) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def cli(self, *words, fails=None):
        """The AWS CLI; its answer, or the error it shows where `fails` names one."""
        environment = {**os.environ, **self.environment, "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": ""}
        done = subprocess.run([sys.executable, "-m", "awscli", *words, "--output", "json"], env=environment, capture_output=True, text=True)
        if fails:
            assert done.returncode != 0 and f"({fails})" in done.stderr, f"{words}: {done.stdout}{done.stderr}"
            return None
        assert done.returncode == 0, f"{words}: {done.stderr}"
        worked["cli"].add((words[0], words[1]))
        return json.loads(done.stdout) if done.stdout.strip() else None

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


# ---- The model.


def hold_to_model(operation_model, response_dict, **_):
    """Holds an answer, as it came over the wire, to what its model says of it."""
    service = operation_model.service_model.service_name
    where = f"{service}.{operation_model.name}"
    status, headers, body = response_dict["status_code"], response_dict["headers"], response_dict["body"]
    assert headers.get("x-amzn-requestid"), f"{where}: no request id"
    if service == "sts":
        assert headers["content-type"] == "text/xml", where
        return
    if status < 300:
        shape = operation_model.output_shape
        expected = operation_model.http.get("responseCode", 200)
        assert status == expected or operation_model.name == "Invoke", f"{where}: {status}, not {expected}"
        if shape is None or shape.serialization.get("payload"):
            return
        if not body:
            members = set(shape.members)
            assert not members, f"{where}: no body, but members {members}"
            return
        in_body = {name for name, member in shape.members.items() if "location" not in member.serialization}
        hold(decoded(headers, body), shape, where, in_body)
    else:
        hold_error(service, operation_model, status, headers, decoded(headers, body), where)


def decoded(headers, body):
    if headers["content-type"] == "application/cbor":
        parser = botocore.parsers.create_parser("smithy-rpc-v2-cbor")
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    return json.loads(body)


def hold_error(service, operation_model, status, headers, body, where):
    code = headers.get("x-amzn-errortype")
    if service == "cloudwatch":
        code = body["__type"]
        assert headers["x-amzn-query-error"].endswith(";Sender"), where
    shapes = {shape.name: shape for shape in operation_model.error_shapes}
    others = {shape.name: shape for shape in operation_model.service_model.error_shapes}
    if code in COMMON_ERRORS[service]:
        assert status == COMMON_ERRORS[service][code], f"{where}: {code} with {status}"
        if code not in others:
            return
        shapes = others
    assert code in shapes, f"{where}: {code} is no error of it"
    shape = shapes[code]
    assert status == shape.metadata["error"]["httpStatusCode"], f"{where}: {code} with {status}"
    body.pop("__type", None)
    hold(body, shape, f"{where} {code}", set(shape.members))


def hold(value, shape, where, members=None):
    """Does a value fit its shape: types, required and unknown members, limits, patterns?"""
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, dict), f"{where}: {value!r} is no structure"
        members = set(shape.members) if members is None else members
        names = {shape.members[name].serialization.get("name", name): name for name in members}
        unknown = set(value) - set(names)
        assert not unknown, f"{where}: unknown members {unknown}"
        missing = {name for name in shape.required_members if name in members and name not in value}
        assert not missing, f"{where}: missing {missing}"
        if getattr(shape, "is_tagged_union", False):
            assert len(value) == 1, f"{where}: {value} is no union"
        for name, member in value.items():
            hold(member, shape.members[names[name]], f"{where}.{name}")
        return
    if kind == "timestamp":
        if isinstance(value, str):
            # Of the service it is known that times are texts; UTC in milliseconds is ours.
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value), f"{where}: {value}"
        else:
            # Seconds; botocore drops the tag that says so, and the Rust SDK insists on it.
            assert isinstance(value, (int, float)), f"{where}: {value!r} is no time"
        return
    limits = shape.metadata
    if kind == "list":
        assert isinstance(value, list), f"{where}: {value!r} is no list"
        for at, member in enumerate(value):
            hold(member, shape.member, f"{where}[{at}]")
    elif kind == "map":
        assert isinstance(value, dict), f"{where}: {value!r} is no map"
        for name, member in value.items():
            hold(name, shape.key, f"{where} key")
            hold(member, shape.value, f"{where}[{name}]")
    elif kind in ("integer", "long"):
        assert isinstance(value, int) and not isinstance(value, bool), f"{where}: {value!r} is no integer"
    elif kind in ("double", "float"):
        assert isinstance(value, (int, float)), f"{where}: {value!r} is no number"
    elif kind == "boolean":
        assert isinstance(value, bool), f"{where}: {value!r} is no boolean"
    else:
        assert isinstance(value, str), f"{where}: {value!r} is no text"
        enum = limits.get("enum")
        assert not enum or value in enum, f"{where}: {value!r} is none of {enum}"
        pattern = limits.get("pattern")
        # The pattern of handlers' ARNs has an alternative for the empty text.
        fits = pattern is None or re.fullmatch(pattern, value) or (value == "" and pattern.startswith("$|"))
        assert fits, f"{where}: {value!r} does not fit {pattern}"
    size = value if isinstance(value, (int, float)) else len(value)
    assert limits.get("min", size) <= size <= limits.get("max", size), f"{where}: size {size}"


# ---- The tests.


class Case(unittest.TestCase):
    """A server for each class, without rates unless it says otherwise."""

    options = ["--no-throttle"]

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.chat = cls.server.client("ivschat")
        cls.functions = cls.server.client("lambda")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def does(self, client, operation, **parameters):
        """Calls an operation by its name in Python."""
        answer = getattr(client, operation)(**parameters)
        worked["boto3"].add((client.meta.service_model.service_name, client.meta.method_to_api_mapping[operation]))
        return answer

    def refuses(self, code, client, operation, **parameters):
        with self.assertRaises(botocore.exceptions.ClientError) as raised:
            getattr(client, operation)(**parameters)
        self.assertEqual(raised.exception.response["Error"]["Code"], code, raised.exception)
        # boto3 knows it as an exception of its own, if the model lists it.
        if hasattr(client.exceptions, code):
            self.assertIsInstance(raised.exception, getattr(client.exceptions, code))
        return raised.exception.response

    def room(self, **members):
        return self.does(self.chat, "create_room", **members)["arn"]


class Rooms(Case):
    options = ["--no-throttle", "--function", "hook", "--allow-rooms"]

    def test_the_life_of_a_room(self):
        created = self.does(
            self.chat,
            "create_room",
            name="main",
            maximumMessageLength=100,
            maximumMessageRatePerSecond=100,
            messageReviewHandler={"uri": HOOK, "fallbackResult": "DENY"},
            tags={"team": "live"},
        )
        arn = created["arn"]
        shown = self.does(self.chat, "get_room", identifier=arn)
        for answer in (created, shown):
            answer.pop("ResponseMetadata")
        self.assertEqual(created, shown)
        self.assertEqual(shown["createTime"].tzinfo.utcoffset(shown["createTime"]), datetime.timedelta(0))
        updated = self.does(self.chat, "update_room", identifier=arn, messageReviewHandler={"uri": ""})
        self.assertEqual(updated["messageReviewHandler"], {"uri": "", "fallbackResult": "ALLOW"})
        self.assertEqual((updated["name"], updated["maximumMessageLength"]), ("main", 100))
        summary = next(room for room in self.does(self.chat, "list_rooms")["rooms"] if room["arn"] == arn)
        self.assertNotIn("maximumMessageLength", summary)
        self.assertEqual(self.does(self.chat, "delete_room", identifier=arn)["ResponseMetadata"]["HTTPStatusCode"], 204)
        gone = self.refuses("ResourceNotFoundException", self.chat, "get_room", identifier=arn)
        self.assertEqual((gone["resourceId"], gone["resourceType"]), (created["id"], "ROOM"))

    def test_what_is_wrong_is_named(self):
        arn = self.room()
        for operation, field, parameters in [
            ("create_room", "name", {"name": "a b"}),
            ("create_room", "name", {"name": 7}),
            ("create_room", "maximumMessageLength", {"maximumMessageLength": 501}),
            ("create_room", "maximumMessageRatePerSecond", {"maximumMessageRatePerSecond": 101}),
            ("create_room", "uri", {"messageReviewHandler": {"uri": "x" * 171}}),
            ("create_room", "uri", {"messageReviewHandler": {"uri": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"}}),
            ("create_room", "fallbackResult", {"messageReviewHandler": {"uri": HOOK, "fallbackResult": "deny"}}),
            ("create_room", "tags", {"tags": {f"k{n}": "" for n in range(51)}}),
            ("create_room", "tags", {"tags": {"k": "x" * 257}}),
            ("create_room", "loggingConfigurationIdentifiers", {"loggingConfigurationIdentifiers": [arn]}),
            ("get_room", "identifier", {}),
            ("get_room", "identifier", {"identifier": "AbCdEfGhIjKl"}),
            ("update_room", "identifier", {"name": "x"}),
            ("delete_room", "identifier", {"identifier": ""}),
            ("list_rooms", "maxResults", {"maxResults": 0}),
            ("list_rooms", "nextToken", {"nextToken": "nonsense"}),
            ("list_rooms", "messageReviewHandlerUri", {"messageReviewHandlerUri": "hook"}),
            ("create_chat_token", "userId", {"roomIdentifier": arn}),
            ("create_chat_token", "capabilities", {"roomIdentifier": arn, "userId": "u", "capabilities": ["X"]}),
            ("create_chat_token", "attributes", {"roomIdentifier": arn, "userId": "u", "attributes": {"k": "x" * 1024}}),
            ("send_event", "eventName", {"roomIdentifier": arn, "eventName": ""}),
            ("delete_message", "id", {"roomIdentifier": arn, "id": "short"}),
            ("disconnect_user", "reason", {"roomIdentifier": arn, "userId": "u", "reason": "x" * 257}),
            ("create_logging_configuration", "destinationConfiguration", {}),
            ("create_logging_configuration", "bucketName", {"destinationConfiguration": {"s3": {"bucketName": "A"}}}),
        ]:
            with self.subTest(operation=operation, field=field):
                refusal = self.refuses("ValidationException", self.chat, operation, **parameters)
                self.assertEqual(refusal["reason"], "FIELD_VALIDATION_FAILED")
                self.assertIn(field, [entry["name"] for entry in refusal["fieldList"]])

    def test_every_operation_misses_a_room_that_is_not_there(self):
        arn = f"arn:aws:ivschat:{REGION}:{ACCOUNT}:room/NoSuchRoom01"
        for operation, parameters in [
            ("get_room", {"identifier": arn}),
            ("update_room", {"identifier": arn}),
            ("delete_room", {"identifier": arn}),
            ("create_chat_token", {"roomIdentifier": arn, "userId": "u"}),
            ("send_event", {"roomIdentifier": arn, "eventName": "e"}),
            ("delete_message", {"roomIdentifier": arn, "id": "AbCdEfGhIjKl"}),
            ("disconnect_user", {"roomIdentifier": arn, "userId": "u"}),
            ("list_tags_for_resource", {"resourceArn": arn}),
            ("tag_resource", {"resourceArn": arn, "tags": {"a": "b"}}),
            ("untag_resource", {"resourceArn": arn, "tagKeys": ["a"]}),
            ("get_logging_configuration", {"identifier": arn.replace(":room/", ":logging-configuration/")}),
            ("update_logging_configuration", {"identifier": arn.replace(":room/", ":logging-configuration/")}),
            ("delete_logging_configuration", {"identifier": arn.replace(":room/", ":logging-configuration/")}),
        ]:
            with self.subTest(operation=operation):
                refusal = self.refuses("ResourceNotFoundException", self.chat, operation, **parameters)
                self.assertEqual(refusal["resourceId"], "NoSuchRoom01")

    def test_pages_hold_every_room_once(self):
        other = self.server.client("ivschat", key="210987654321")
        made = [self.does(other, "create_room", name=f"n{n}")["arn"] for n in range(60)]
        seen, token = [], {}
        while token is not None:
            page = self.does(other, "list_rooms", maxResults=7, **token)
            seen += [room["arn"] for room in page["rooms"]]
            token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
        self.assertEqual(seen, made[::-1])
        self.assertEqual(len(self.does(other, "list_rooms", name="n7")["rooms"]), 1)

    def test_tags(self):
        arn = self.room(tags={"a": "1"})
        self.does(self.chat, "tag_resource", resourceArn=arn, tags={"a": "2", "b c": "ü&="})
        self.assertEqual(self.does(self.chat, "list_tags_for_resource", resourceArn=arn)["tags"], {"a": "2", "b c": "ü&="})
        for _ in range(2):
            self.does(self.chat, "untag_resource", resourceArn=arn, tagKeys=["b c", "none"])
        self.assertEqual(self.does(self.chat, "get_room", identifier=arn)["tags"], {"a": "2"})
        self.refuses("ValidationException", self.chat, "list_tags_for_resource", resourceArn=HOOK)

    def test_tokens_and_events(self):
        arn = self.room()
        token = self.does(
            self.chat,
            "create_chat_token",
            roomIdentifier=arn,
            userId="u-1",
            capabilities=["SEND_MESSAGE", "DELETE_MESSAGE", "DISCONNECT_USER"],
            sessionDurationInMinutes=1,
            attributes={"role": "moderator"},
        )
        self.assertRegex(token["token"], r"^[A-Za-z0-9._-]+$")
        self.assertEqual(token["tokenExpirationTime"], token["sessionExpirationTime"])
        ids = {
            self.does(self.chat, "send_event", roomIdentifier=arn, eventName="e", attributes={"k": "v"})["id"],
            self.does(self.chat, "delete_message", roomIdentifier=arn, id="AbCdEfGhIjKl", reason="spam")["id"],
        }
        self.assertEqual(len(ids), 2)
        self.does(self.chat, "disconnect_user", roomIdentifier=arn, userId="u-1", reason="spam")

    def test_logging_configurations(self):
        destinations = [
            {"s3": {"bucketName": "my.logs-1"}},
            {"cloudWatchLogs": {"logGroupName": "/ivs/chat_logs#1"}},
            {"firehose": {"deliveryStreamName": "a.b_c-d"}},
        ]
        arns = []
        for destination in destinations:
            made = self.does(self.chat, "create_logging_configuration", name="l", destinationConfiguration=destination, tags={"a": "b"})
            self.assertEqual((made["state"], made["destinationConfiguration"]), ("ACTIVE", destination))
            arns.append(made["arn"])
        self.assertEqual(len(self.does(self.chat, "list_logging_configurations", maxResults=2)["loggingConfigurations"]), 2)
        room = self.room(loggingConfigurationIdentifiers=arns)
        self.assertEqual(self.does(self.chat, "list_rooms", loggingConfigurationIdentifier=arns[0])["rooms"][0]["arn"], room)
        self.refuses("ConflictException", self.chat, "delete_logging_configuration", identifier=arns[0])
        self.does(self.chat, "update_room", identifier=room, loggingConfigurationIdentifiers=[])
        self.does(self.chat, "update_logging_configuration", identifier=arns[0], destinationConfiguration=destinations[1])
        self.assertEqual(self.does(self.chat, "get_logging_configuration", identifier=arns[0])["destinationConfiguration"], destinations[1])
        self.does(self.chat, "tag_resource", resourceArn=arns[0], tags={"c": "d"})
        self.assertEqual(self.does(self.chat, "list_tags_for_resource", resourceArn=arns[0])["tags"], {"a": "b", "c": "d"})
        self.does(self.chat, "delete_logging_configuration", identifier=arns[0])
        for _ in range(8):
            self.does(self.chat, "create_logging_configuration", destinationConfiguration=destinations[0])
        full = self.refuses("ServiceQuotaExceededException", self.chat, "create_logging_configuration", destinationConfiguration=destinations[0])
        self.assertEqual(full["limit"], 10)
        two = {**destinations[0], **destinations[1]}
        self.refuses("ValidationException", self.chat, "create_logging_configuration", destinationConfiguration=two)

    def test_regions(self):
        self.assertEqual(set(boto3.session.Session().get_available_regions("ivschat")), REGIONS)
        for region in REGIONS:
            self.does(self.server.client("ivschat", region=region), "list_rooms")
        self.refuses("UnknownEndpoint", self.server.client("ivschat", region="eu-north-1"), "list_rooms")
        arn = self.room()
        self.refuses("ResourceNotFoundException", self.server.client("ivschat", region="eu-west-1"), "get_room", identifier=arn)
        self.refuses("AccessDeniedException", self.server.client("ivschat", key="210987654321"), "get_room", identifier=arn)

    def test_what_is_not_signed_or_not_known_is_refused(self):
        url = self.server.environment["AWS_ENDPOINT_URL"]
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=k/20260102/{REGION}/ivschat/aws4_request, Signature=0"}
        for path, body, headers, status, code in [
            ("/ListRooms", b"{}", {}, 403, "MissingAuthenticationTokenException"),
            ("/Nonsense", b"{}", signed, 400, "ValidationException"),
            ("/ListRooms", b"{", signed, 400, "ValidationException"),
            ("/ListRooms", b"[]", signed, 400, "ValidationException"),
            ("/ListRooms", b"", signed, 200, None),
            ("/ListRooms", b'{"maxResults": null, "unknown": 1}', signed, 200, None),
        ]:
            with self.subTest(path=path, body=body):
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(url + path, body, headers, method="POST"))
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    self.assertEqual((answer.status, answer.headers["x-amzn-errortype"]), (status, code))


class Functions(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        masked = {"name": "real", "binary": HANDLER, "reserved_concurrency": 3, "memory_mb": 256}
        versions = {"name": "hook", "versions": 2, "aliases": {"live": "2"}, "response": {"ReviewResult": "ALLOW"}}
        cls.server.knob("POST", "seed", {"function": [masked, versions]})

    def test_permissions(self):
        add = {"Action": "lambda:InvokeFunction", "Principal": "ivschat.amazonaws.com", "SourceAccount": ACCOUNT, "SourceArn": ROOMS}
        room = self.room()
        for name, qualifier, arn in [("hook", {}, HOOK), (f"{HOOK}:live", {}, f"{HOOK}:live"), ("hook", {"Qualifier": "1"}, f"{HOOK}:1")]:
            with self.subTest(arn=arn):
                attach = {"identifier": room, "messageReviewHandler": {"uri": arn, "fallbackResult": "DENY"}}
                self.refuses("ValidationException", self.chat, "update_room", **attach)
                self.refuses("ResourceNotFoundException", self.functions, "get_policy", FunctionName=name, **qualifier)
                added = self.does(self.functions, "add_permission", FunctionName=name, StatementId="s", **add, **qualifier)
                self.assertEqual(json.loads(added["Statement"])["Resource"], arn)
                self.does(self.chat, "update_room", **attach)
                policy = self.does(self.functions, "get_policy", FunctionName=name, **qualifier)
                self.assertEqual(json.loads(policy["Policy"])["Statement"], [json.loads(added["Statement"])])
                self.refuses("ResourceConflictException", self.functions, "add_permission", FunctionName=name, StatementId="s", **add, **qualifier)
                stale = {"StatementId": "s", "RevisionId": "0"}
                self.refuses("PreconditionFailedException", self.functions, "remove_permission", FunctionName=name, **stale, **qualifier)
                self.does(self.functions, "remove_permission", FunctionName=name, StatementId="s", **qualifier)
                self.refuses("ResourceNotFoundException", self.functions, "remove_permission", FunctionName=name, StatementId="s", **qualifier)
                self.refuses("ValidationException", self.chat, "update_room", **attach)
        self.refuses("InvalidParameterValueException", self.functions, "add_permission", FunctionName="hook", Qualifier="$LATEST", StatementId="s", **add)
        self.refuses("ResourceNotFoundException", self.functions, "add_permission", FunctionName="none", StatementId="s", **add)

    def test_what_a_function_is(self):
        told = self.does(self.functions, "get_function_configuration", FunctionName=f"{HOOK}:live")
        self.assertEqual((told["FunctionArn"], told["Version"], told["State"]), (f"{HOOK}:live", "2", "Active"))
        whole = self.does(self.functions, "get_function", FunctionName="real")
        self.assertEqual(whole["Configuration"]["MemorySize"], 256)
        self.assertEqual(whole["Concurrency"]["ReservedConcurrentExecutions"], 3)
        self.assertEqual(self.does(self.functions, "get_function_concurrency", FunctionName="real")["ReservedConcurrentExecutions"], 3)
        self.assertNotIn("ReservedConcurrentExecutions", self.does(self.functions, "get_function_concurrency", FunctionName="hook"))
        # What boto3's own waiter asks for.
        self.functions.get_waiter("function_active_v2").wait(FunctionName="hook")
        for operation in ("get_function", "get_function_configuration", "get_function_concurrency", "invoke"):
            self.refuses("ResourceNotFoundException", self.functions, operation, FunctionName="none")

    def test_the_real_handler_answers(self):
        for event, result in [("allowed", "ALLOW"), ("masked", "ALLOW"), ("denied", "DENY")]:
            payload = (EVENTS / f"{event}.json").read_bytes()
            answer = self.does(self.functions, "invoke", FunctionName="real", Payload=payload, LogType="Tail")
            self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
            self.assertNotIn("FunctionError", answer)
            review = json.loads(answer["Payload"].read())
            self.assertEqual(review["ReviewResult"], result)
            self.assertEqual(review["Content"] == json.loads(payload)["Content"], event != "masked")
        self.assertIn(b'"event":"start"', base64.b64decode(answer["LogResult"]))
        failed = self.does(self.functions, "invoke", FunctionName="real", Payload=b"{}")
        self.assertEqual(failed["FunctionError"], "Unhandled")
        self.assertEqual(json.loads(failed["Payload"].read())["errorType"], "InvalidRequest")
        later = self.does(self.functions, "invoke", FunctionName="real", Payload=b"{}", InvocationType="Event")
        self.assertEqual(later["StatusCode"], 202)
        self.refuses("InvalidRequestContentException", self.functions, "invoke", FunctionName="real", Payload=b"heck")
        canned = self.does(self.functions, "invoke", FunctionName="hook")
        self.assertEqual(json.loads(canned["Payload"].read()), {"ReviewResult": "ALLOW"})


class OneWhoCalls(Case):
    def test_it_is_told_who_it_is(self):
        for key, account in [("local", ACCOUNT), ("AKIAIOSFODNN7EXAMPLE", ACCOUNT), ("210987654321", "210987654321")]:
            caller = self.does(self.server.client("sts", key=key), "get_caller_identity")
            self.assertEqual((caller["Account"], caller["Arn"]), (account, f"arn:aws:iam::{account}:user/local"))
        self.refuses("InvalidAction", self.server.client("sts"), "get_session_token")


class Processors(Case):
    """What the processor of a channel flow calls back."""

    CHANNEL = f"arn:aws:chime:{REGION}:{ACCOUNT}:app-instance/0b7b4c3e-0000-4000-8000-000000000000/channel/a-channel"

    def callback(self, **message):
        message = {"MessageId": "m1", **message}
        return {"ChannelArn": self.CHANNEL, "CallbackId": "c" * 36, "ChannelMessage": message}

    def test_what_is_called_back_is_kept(self):
        chime = self.server.client("chime-sdk-messaging")
        answer = self.does(chime, "channel_flow_callback", **self.callback(Content="what the ****"))
        self.assertEqual((answer["ChannelArn"], answer["CallbackId"]), (self.CHANNEL, "c" * 36))
        self.does(chime, "channel_flow_callback", DeleteResource=True, **self.callback())
        kept = self.server.knob("GET", "callbacks")
        self.assertEqual([callback["channel_message"].get("Content") for callback in kept], ["what the ****", None])
        self.assertEqual([callback["delete_resource"] for callback in kept], [False, True])
        self.server.knob("DELETE", "callbacks")
        self.assertEqual(self.server.knob("GET", "callbacks"), [])

    def test_what_is_wrong_or_asked_to_fail_is_refused(self):
        chime = self.server.client("chime-sdk-messaging")
        self.refuses("BadRequestException", chime, "channel_flow_callback", **self.callback(Metadata="x" * 1025))
        self.refuses("BadRequestException", chime, "channel_flow_callback", **{**self.callback(), "CallbackId": "short"})
        self.refuses("NotFoundException", chime, "list_channels", AppInstanceArn=self.CHANNEL.rpartition("/channel")[0])
        for kind, code in [
            ("conflict", "ConflictException"),
            ("throttle", "ThrottledClientException"),
            ("error", "ServiceFailureException"),
            ("deny", "ForbiddenException"),
        ]:
            self.server.knob("PUT", "faults", [{"operation": "ChannelFlowCallback", "kind": kind}])
            self.refuses(code, chime, "channel_flow_callback", **self.callback())
        self.server.knob("DELETE", "faults")
        self.assertEqual(self.server.knob("GET", "callbacks"), [])


class Watched(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        errors = {"namespace": "AWS/IVSChat", "name": "InvocationErrors", "dimensions": {"Uri": HOOK}, "values": [[600, 2], [601, 1]]}
        alarm = {"name": "handler", "namespace": "AWS/IVSChat", "metric": "InvocationErrors", "dimensions": {"Uri": HOOK}, "state": "ALARM"}
        cls.server.knob("POST", "seed", {"metric": [errors], "alarm": [alarm]})
        cls.watch = cls.server.client("cloudwatch")

    def span(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"StartTime": now - datetime.timedelta(hours=1), "EndTime": now}

    def query(self, stat):
        metric = {"Namespace": "AWS/IVSChat", "MetricName": "InvocationErrors", "Dimensions": [{"Name": "Uri", "Value": HOOK}]}
        return [{"Id": "e", "MetricStat": {"Metric": metric, "Period": 300, "Stat": stat}}]

    def test_metrics(self):
        listed = self.does(self.watch, "list_metrics", Namespace="AWS/IVSChat", Dimensions=[{"Name": "Uri"}])["Metrics"]
        self.assertEqual([metric["Dimensions"] for metric in listed], [[{"Name": "Uri", "Value": HOOK}]])
        data = self.does(self.watch, "get_metric_data", MetricDataQueries=self.query("Sum"), **self.span())
        self.assertEqual(sum(data["MetricDataResults"][0]["Values"]), 3.0)
        self.refuses("ValidationError", self.watch, "get_metric_data", MetricDataQueries=[{"Id": "e", "Expression": "SUM(x)"}], **self.span())
        wanted = self.query("Sum")[0]["MetricStat"]["Metric"]
        found = self.does(self.watch, "get_metric_statistics", **wanted, Period=3600, Statistics=["Sum", "Maximum"], **self.span())
        self.assertEqual(sum(point["Sum"] for point in found["Datapoints"]), 3.0)
        self.refuses("InvalidParameterCombination", self.watch, "get_metric_statistics", **wanted, Period=60, **self.span())

    def test_alarms(self):
        alarms = self.does(self.watch, "describe_alarms", AlarmNames=["handler"])["MetricAlarms"]
        self.assertEqual([(alarm["AlarmName"], alarm["StateValue"]) for alarm in alarms], [("handler", "ALARM")])
        self.assertEqual(self.does(self.watch, "describe_alarms", StateValue="OK")["MetricAlarms"], [])

    def test_the_older_protocols_are_understood(self):
        url = self.server.environment["AWS_ENDPOINT_URL"]
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=k/20260102/{REGION}/monitoring/aws4_request, Signature=0"}
        form = "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=handler".encode()
        with urllib.request.urlopen(urllib.request.Request(url + "/", form, signed)) as answer:
            model = self.watch.meta.service_model.operation_model("DescribeAlarms")
            parser = botocore.parsers.create_parser("query")
            response = {"body": answer.read(), "status_code": answer.status, "headers": dict(answer.headers)}
        alarm = parser.parse(response, model.output_shape)["MetricAlarms"][0]
        self.assertEqual((alarm["AlarmName"], alarm["Threshold"]), ("handler", 1.0))
        self.assertIsInstance(alarm["StateUpdatedTimestamp"], datetime.datetime)
        target = {**signed, "X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics", "Content-Type": "application/x-amz-json-1.0"}
        with urllib.request.urlopen(urllib.request.Request(url + "/", b"{}", target)) as answer:
            self.assertEqual(json.loads(answer.read())["Metrics"][0]["MetricName"], "InvocationErrors")


class Rates(Case):
    """At the documented rates, on a clock so slow that no call comes back while a test runs."""

    options = ["--rooms", "1", "--function", "hook", "--speed", "0.001"]

    def test_calls_over_the_rate_are_refused(self):
        arn = self.server.started["rooms"][0]
        other = {"roomIdentifier": arn, "userId": "u"}
        update = {"identifier": arn, "destinationConfiguration": {"s3": {"bucketName": "logs"}}}
        for operation, rate, parameters, ends in [
            ("list_rooms", 5, {}, 200),
            ("get_room", 5, {"identifier": arn}, 200),
            ("update_room", 5, {"identifier": arn}, 200),
            ("list_logging_configurations", 3, {}, 200),
            ("list_tags_for_resource", 10, {"resourceArn": arn}, 200),
            ("update_logging_configuration", 3, update, 400),
            ("disconnect_user", 100, other, 200),
            ("create_chat_token", 200, other, 200),
        ]:
            with self.subTest(operation=operation):
                for _ in range(rate):
                    if ends == 200:
                        self.does(self.chat, operation, **parameters)
                    else:
                        self.refuses("ValidationException", self.chat, operation, **parameters)
                refusal = self.refuses("ThrottlingException", self.chat, operation, **parameters)
                self.assertEqual((refusal["ResponseMetadata"]["HTTPStatusCode"], refusal["limit"]), (429, rate))
        self.server.knob("POST", "clock", {"advance_ms": 1000})
        self.does(self.chat, "list_rooms")
        for _ in range(15):
            self.refuses("ResourceNotFoundException", self.functions, "get_policy", FunctionName="hook")
        limited = self.refuses("TooManyRequestsException", self.functions, "get_policy", FunctionName="hook")
        self.assertEqual(limited["Reason"], "CallerRateLimitExceeded")


class Retries(Case):
    """boto3 and its own retries get through rates and faults."""

    options = ["--rooms", "30", "--speed", "10"]

    def test_clients_that_retry_get_through(self):
        faults = [
            {"operation": "UpdateRoom", "kind": "throttle", "when": {"every": 7}},
            {"operation": "UpdateRoom", "kind": "error", "when": {"every": 5}, "after_applying": True},
        ]
        self.server.knob("PUT", "faults", faults)
        # As read: what may be left out is there.
        self.assertEqual(self.server.knob("GET", "faults")[0]["after_applying"], False)
        patient = self.server.client("ivschat", retries={"mode": "adaptive", "total_max_attempts": 10})
        for arn in self.server.started["rooms"]:
            patient.update_room(identifier=arn, name="renamed")
        self.server.knob("DELETE", "faults")
        self.assertEqual({room["name"] for room in patient.list_rooms()["rooms"]}, {"renamed"})
        calls = self.server.knob("GET", "calls")
        updates = [call["status"] for call in calls if call["operation"] == "UpdateRoom"]
        self.assertEqual(updates.count(200), 30)
        self.assertTrue({429, 500} <= set(updates), updates)
        self.server.knob("DELETE", "calls")
        self.assertEqual(self.server.knob("GET", "calls"), [])


class CommandLine(Case):
    """The AWS CLI: every operation once, as a person would type it."""

    options = ["--no-throttle", "--function", "hook"]

    def test_every_operation(self):
        cli = self.server.cli
        self.assertEqual(cli("sts", "get-caller-identity")["Account"], ACCOUNT)
        callback = ["--channel-arn", Processors.CHANNEL, "--callback-id", "c" * 36, "--channel-message", "MessageId=m1"]
        self.assertEqual(cli("chime-sdk-messaging", "channel-flow-callback", *callback)["CallbackId"], "c" * 36)
        room = cli("ivschat", "create-room", "--name", "main", "--tags", "a=b")["arn"]
        handler = f"uri={HOOK},fallbackResult=DENY"
        cli("ivschat", "update-room", "--identifier", room, "--message-review-handler", handler, fails="ValidationException")
        function = ["--function-name", "hook"]
        permission = ["--statement-id", "s", "--action", "lambda:InvokeFunction", "--principal", "ivschat.amazonaws.com"]
        cli("lambda", "add-permission", *function, *permission, "--source-account", ACCOUNT, "--source-arn", ROOMS)
        self.assertIn("ivschat", cli("lambda", "get-policy", *function)["Policy"])
        cli("ivschat", "update-room", "--identifier", room, "--message-review-handler", handler)
        self.assertEqual(cli("ivschat", "get-room", "--identifier", room)["messageReviewHandler"], {"uri": HOOK, "fallbackResult": "DENY"})
        self.assertEqual(cli("ivschat", "list-rooms", "--message-review-handler-uri", HOOK)["rooms"][0]["arn"], room)
        cli("ivschat", "update-room", "--identifier", room, "--message-review-handler", "uri=")
        cli("lambda", "remove-permission", *function, "--statement-id", "s")
        cli("lambda", "get-policy", *function, fails="ResourceNotFoundException")
        self.assertEqual(cli("lambda", "get-function", *function)["Configuration"]["FunctionArn"], HOOK)
        self.assertEqual(cli("lambda", "get-function-configuration", *function)["State"], "Active")
        cli("lambda", "get-function-concurrency", *function)
        self.assertEqual(cli("lambda", "invoke", *function, os.devnull)["StatusCode"], 200)

        cli("ivschat", "tag-resource", "--resource-arn", room, "--tags", "c=d")
        self.assertEqual(cli("ivschat", "list-tags-for-resource", "--resource-arn", room)["tags"], {"a": "b", "c": "d"})
        cli("ivschat", "untag-resource", "--resource-arn", room, "--tag-keys", "a", "c")
        token = cli("ivschat", "create-chat-token", "--room-identifier", room, "--user-id", "u", "--capabilities", "SEND_MESSAGE")
        ends = dateutil.parser.isoparse(token["sessionExpirationTime"]) - dateutil.parser.isoparse(token["tokenExpirationTime"])
        self.assertEqual(ends, datetime.timedelta(minutes=59))
        self.assertEqual(len(cli("ivschat", "send-event", "--room-identifier", room, "--event-name", "e")["id"]), 12)
        cli("ivschat", "delete-message", "--room-identifier", room, "--id", "AbCdEfGhIjKl")
        cli("ivschat", "disconnect-user", "--room-identifier", room, "--user-id", "u")
        destination = "s3={bucketName=logs}"
        logs = cli("ivschat", "create-logging-configuration", "--destination-configuration", destination)["arn"]
        cli("ivschat", "update-logging-configuration", "--identifier", logs, "--name", "new")
        self.assertEqual(cli("ivschat", "get-logging-configuration", "--identifier", logs)["name"], "new")
        self.assertEqual(len(cli("ivschat", "list-logging-configurations")["loggingConfigurations"]), 1)
        cli("ivschat", "delete-logging-configuration", "--identifier", logs)
        cli("ivschat", "delete-room", "--identifier", room)
        cli("ivschat", "delete-room", "--identifier", room, fails="ResourceNotFoundException")

        cli("cloudwatch", "list-metrics", "--namespace", "AWS/IVSChat")
        cli("cloudwatch", "describe-alarms")
        span = ["--start-time", "2026-01-02T00:00:00Z", "--end-time", "2026-01-02T01:00:00Z"]
        metric = ["--namespace", "AWS/IVSChat", "--metric-name", "InvocationErrors", "--period", "60", "--statistics", "Sum"]
        self.assertEqual(cli("cloudwatch", "get-metric-statistics", *metric, *span)["Datapoints"], [])
        query = '[{"Id":"e","MetricStat":{"Metric":{"Namespace":"AWS/IVSChat","MetricName":"InvocationErrors"},"Period":60,"Stat":"Sum"}}]'
        self.assertEqual(cli("cloudwatch", "get-metric-data", "--metric-data-queries", query, *span)["MetricDataResults"][0]["Values"], [])


class TheWhole(unittest.TestCase):
    """Runs last: was every operation seen to work?"""

    def test_every_operation_was_called(self):
        session = boto3.session.Session(region_name=REGION)
        chat = session.client("ivschat", aws_access_key_id="k", aws_secret_access_key="s")
        names = {("ivschat", name) for name in chat.meta.service_model.operation_names}
        self.assertEqual(len(names), 17)
        names |= {("lambda", name) for name in ["AddPermission", "GetPolicy", "RemovePermission", "GetFunction", "GetFunctionConfiguration", "GetFunctionConcurrency", "Invoke"]}
        names |= {("cloudwatch", name) for name in ["ListMetrics", "GetMetricData", "GetMetricStatistics", "DescribeAlarms"]}
        names.add(("sts", "GetCallerIdentity"))
        names.add(("chime-sdk-messaging", "ChannelFlowCallback"))
        self.assertEqual(names - worked["boto3"], set())
        kebab = {(service, re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()) for service, name in names}
        self.assertEqual(kebab - worked["cli"], set())
        print(f"{len(names)} operations by boto3 and by the AWS CLI; every answer held to its model")


if __name__ == "__main__":
    CHATWARDEN, HANDLER = sys.argv[1:3]
    loader = unittest.defaultTestLoader
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in [Rooms, Functions, OneWhoCalls, Processors, Watched, Rates, Retries, CommandLine, TheWhole])
    sys.exit(not unittest.TextTestRunner(verbosity=1).run(suite).wasSuccessful())
