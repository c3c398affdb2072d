"""The way by cargo-lambda: the README's commands deploy the function and attach it to rooms,
and leave the permission that template.yaml gives.

    python3 cargo_lambda.py CHATWARDEN COMMANDS

CHATWARDEN is the command. moto stands in for Lambda and IAM, `chatwarden dev` for IVS Chat,
which moto does not have. Needs moto, and cargo-lambda on the PATH.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import unittest

# cargo-lambda gives the role that it makes a policy of AWS's own.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

import boto3
from moto.server import ThreadedMotoServer

import template

CHATWARDEN, COMMANDS = "chatwarden", ""
ROOMS = 3


class CargoLambda(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        cls.moto.start()
        host, port = cls.moto.get_host_and_port()
        options = ["--port", "0", "--output", "json", "--rooms", str(ROOMS), "--function", "chatwarden", "--allow-rooms"]
        cls.dev = subprocess.Popen([CHATWARDEN, "dev", *options], stdout=subprocess.PIPE, text=True)
        started = json.loads(cls.dev.stdout.readline())
        cls.state = tempfile.TemporaryDirectory()
        cls.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ENDPOINT_URL_IVSCHAT": started["environment"]["AWS_ENDPOINT_URL"],
            "NO_PROXY": "127.0.0.1",
            "XDG_STATE_HOME": cls.state.name,
        }
        cls.functions = boto3.client("lambda", endpoint_url=cls.environment["AWS_ENDPOINT_URL"])
        # As the README has it, in the order in which it has it.
        subprocess.run(["bash", "-euxo", "pipefail", "-c", COMMANDS], env=cls.environment, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.dev.kill()
        cls.dev.wait()
        cls.dev.stdout.close()
        cls.moto.stop()
        cls.state.cleanup()

    def chatwarden(self, *words):
        return subprocess.run([CHATWARDEN, *words], env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def permitted(self, function):
        """The statements of a function's resource policy, but for what is the function's own: the
        name and the resource."""
        document = json.loads(self.functions.get_policy(FunctionName=function)["Policy"])
        for statement in document["Statement"]:
            statement.pop("Sid")
            self.assertTrue(statement.pop("Resource").endswith(f":function:{function}"))
        return document["Statement"]

    def test_the_function_is_as_the_manifest_says(self):
        configuration = self.functions.get_function_configuration(FunctionName="chatwarden")
        source = template.source()
        properties = source["Globals"]["Function"] | source["Resources"]["Function"]["Properties"]
        self.assertEqual(configuration["MemorySize"], source["Parameters"]["MemorySize"]["Default"])
        for name in ("Timeout", "Runtime", "Handler"):
            self.assertEqual(configuration[name], properties[name])

    def test_every_room_has_it(self):
        rooms = [json.loads(line) for line in self.chatwarden("rooms", "--output", "json").splitlines()]
        uri = "arn:aws:lambda:us-west-2:123456789012:function:chatwarden"
        self.assertEqual([room["handler"] for room in rooms], [{"uri": uri, "fallback": "DENY"}] * ROOMS)

    def test_the_permission_is_that_of_the_template(self):
        source = template.source()
        stack = template.expand(source, template.parameters(source, {}))
        permission, = template.of_type(stack, "AWS::Lambda::Permission").values()
        # As CloudFormation would have Lambda write it, for a function of another name.
        role = self.functions.get_function_configuration(FunctionName="chatwarden")["Role"]
        self.functions.create_function(FunctionName="of-stack", Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": b"none"})
        self.functions.add_permission(**{**permission["Properties"], "FunctionName": "of-stack", "StatementId": "stack"})
        self.assertEqual(self.permitted("chatwarden"), self.permitted("of-stack"))
        self.assertEqual(len(self.permitted("chatwarden")), 1)


if __name__ == "__main__":
    CHATWARDEN, COMMANDS = sys.argv[1:3]
    logging.disable(logging.WARNING)
    unittest.main(argv=sys.argv[:1])
