"""template.yaml as CloudFormation gets it: expanded by SAM's own translator in every
combination of its switches, conditions resolved, and held to cfn-lint and to what an
operator relies on. Also the policies in deploy/iam, and the permission by Terraform.

    python3 template.py

Needs aws-sam-translator, cfn-lint and python-hcl2; no account, no network.
"""

import copy
import functools
import itertools
import json
import logging
import os
import unittest
from pathlib import Path

import hcl2
from cfnlint.config import ConfigMixIn
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "us-west-2"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "chatwarden"}

# Every parameter that decides what there is, not merely a number.
APP_INSTANCE = f"arn:aws:chime:{REGION}:{ACCOUNT}:app-instance/5f3d9c1e-8a5b-4f0c-9d7e-2b6a1c4e8f90"
SWITCHES = {
    "Chat": ["IVS", "WebSocket", "Chime"],
    "AppInstanceArn": ["", APP_INSTANCE],
    "Architecture": ["arm64", "x86_64"],
    "PolicyLayer": ["", f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:policy:7"],
    "RoomName": ["", "lobby"],
    "FallbackResult": ["DENY", "ALLOW"],
    "AlarmTopic": ["", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"],
    "GradualDeployment": ["false", "true"],
    "ProvisionedConcurrency": [0, 2],
}

# What the guide asks for. Source: Amazon IVS Chat User Guide, "Chat Message Review Handler".
GUIDE = {
    "Action": "lambda:InvokeFunction",
    "Principal": "ivschat.amazonaws.com",
    "SourceAccount": ACCOUNT,
    "SourceArn": f"arn:aws:ivschat:{REGION}:{ACCOUNT}:room/*",
}

# The function for each chat.
FUNCTIONS = {"IVS": "Function", "WebSocket": "GatewayFunction", "Chime": "ChimeFunction"}

# What the handler counts: of the function, and of each rule.
COUNTED = {"Reviews", "Allowed", "Rewritten", "Denied", "ReviewMicroseconds", "ColdStarts", "InitMilliseconds", "Faults", "ShadowHits", "TagsLeftOut"}
COUNTED_BY_RULE = {"RuleHits", "RuleShadowHits"}

NOTHING = object()


def source():
    """The template, with its code where `sam deploy` would have put it."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    for name in FUNCTIONS.values():
        template["Resources"][name]["Properties"]["CodeUri"] = "s3://artifacts/code"
    return template


def parameters(template, given):
    return {name: given.get(name, parameter.get("Default")) for name, parameter in template["Parameters"].items()}


class Resolver:
    """The intrinsic functions that are settled before there is a stack."""

    def __init__(self, template, values):
        self.values = {**PSEUDO, **values}
        self.conditions, self.mappings = template.get("Conditions", {}), template.get("Mappings", {})

    def holds(self, condition):
        (name, of), = condition.items()
        if name == "Condition":
            return self.holds(self.conditions[of])
        if name == "Fn::Equals":
            one, other = (str(self.resolve(value)) for value in of)
            return one == other
        if name == "Fn::Not":
            return not self.holds(of[0])
        if name == "Fn::And":
            return all(map(self.holds, of))
        raise AssertionError(f"unknown condition {name}")

    def resolve(self, value):
        """The value without parameters and conditions; what refers to resources stays."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, of), = value.items()
            if name == "Ref" and of in self.values:
                return self.values[of]
            if name == "Ref" and of == "AWS::NoValue":
                return NOTHING
            if name == "Fn::If":
                return self.resolve(of[1 if self.holds(self.conditions[of[0]]) else 2])
            if name == "Fn::FindInMap":
                table, row, column = self.resolve(of)
                return self.mappings[table][row][column]
            if name == "Fn::Sub":
                return self.substitute(*(of if isinstance(of, list) else (of, {})))
            if name == "Fn::Select":
                index, items = self.resolve(of)
                return {name: [index, items]}
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NOTHING}

    def substitute(self, text, variables):
        for name, value in {**self.values, **variables}.items():
            resolved = self.resolve(value)
            if not isinstance(resolved, dict):
                text = text.replace("${%s}" % name, str(resolved))
        left = {name: self.resolve(value) for name, value in variables.items() if "${%s}" % name in text}
        return {"Fn::Sub": [text, left] if left else text} if "${" in text else text


def refusal(template, values):
    """What a rule says against these parameters, before anything is made."""
    resolver = Resolver(template, values)
    for rule in template["Rules"].values():
        if resolver.holds(rule["RuleCondition"]):
            for assertion in rule["Assertions"]:
                if not resolver.holds(assertion["Assert"]):
                    return assertion["AssertDescription"]
    return None


class NoManagedPolicies:
    """The template names none, so nothing needs to be asked of IAM."""

    def load(self):
        return {}


def expand(template, values):
    """What is left for CloudFormation to make."""
    expanded = transform(copy.deepcopy(template), dict(values), NoManagedPolicies())
    resolver = Resolver(expanded, values)
    made = {"AWSTemplateFormatVersion": "2010-09-09"}
    for part in ("Resources", "Outputs"):
        made[part] = {}
        for name, thing in expanded[part].items():
            condition = thing.pop("Condition", None)
            if condition is None or resolver.holds(expanded["Conditions"][condition]):
                made[part][name] = resolver.resolve(thing)
    return made


def combinations():
    """Parameters, and what is made of them, for each combination that no rule refuses."""
    template = source()
    for chosen in itertools.product(*SWITCHES.values()):
        values = parameters(template, dict(zip(SWITCHES, chosen)))
        # What decides nothing where it is.
        if values["Chat"] != "Chime" and values["AppInstanceArn"] or values["Chat"] != "IVS" and values["FallbackResult"] != "DENY":
            continue
        if refusal(template, values) is None:
            yield values, expand(template, values)


def chosen(values):
    return {name: values[name] for name in SWITCHES}


def of_type(stack, kind):
    return {name: it for name, it in stack["Resources"].items() if it["Type"] == kind}


def names(value):
    """The resources that something refers to."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(names, value.values()))
    if "Ref" in value:
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        found.add(value["Fn::GetAtt"][0])
    return found


@functools.cache
def linter():
    """cfn-lint with its rules, which take longer to load than to go by."""
    return Runner(ConfigMixIn(regions=[REGION]))


def lint(stack):
    """What cfn-lint has against a stack, warnings and all."""
    template, faults = decode_str(json.dumps(stack))
    return [str(fault) for fault in [*faults, *linter().validate_template(template)]]


class Template(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.combinations = list(combinations())

    def each(self, **switches):
        """The combinations with these switches."""
        found = [(values, stack) for values, stack in self.combinations if switches.items() <= values.items()]
        self.assertTrue(found, switches)
        return found

    def test_every_combination_passes_cfn_lint(self):
        for values, stack in self.each():
            with self.subTest(**chosen(values)):
                self.assertEqual(lint(stack), [])
        print(f"{len(self.combinations)} combinations of {len(SWITCHES)} switches")

    def test_what_cannot_work_is_refused(self):
        template = source()
        for given, says in [
            ({"Chat": "Chime", "RoomName": "lobby"}, "RoomName makes a room of IVS Chat"),
            ({"Chat": "WebSocket", "GradualDeployment": "true"}, "GradualDeployment is for the handler of IVS Chat"),
            ({"ProvisionedConcurrency": 2}, "needs GradualDeployment=true"),
            ({"PolicyLayer": SWITCHES["PolicyLayer"][1], "GradualDeployment": "true"}, "exclude each other"),
        ]:
            self.assertIn(says, refusal(template, parameters(template, given)))
        self.assertIsNone(refusal(template, parameters(template, {})))

    def test_each_chat_has_its_function_and_no_other(self):
        for values, stack in self.each():
            with self.subTest(**chosen(values)):
                function, = of_type(stack, "AWS::Lambda::Function")
                self.assertEqual(function, FUNCTIONS[values["Chat"]])
                self.assertEqual(stack["Resources"][function]["Properties"]["FunctionName"], "chatwarden")
                # Whoever hears of nothing but the name hears of this function.
                for alarm in ("ErrorsAlarm", "ThrottlesAlarm"):
                    self.assertEqual(stack["Resources"][alarm]["Properties"]["Dimensions"], [{"Name": "FunctionName", "Value": "chatwarden"}])

    def test_ivs_chat_may_invoke_the_function_for_rooms_of_the_account_alone(self):
        function = {"Fn::GetAtt": ["Function", "Arn"]}
        for values, stack in self.each(Chat="IVS"):
            with self.subTest(**chosen(values)):
                permitted = [it["Properties"] for it in of_type(stack, "AWS::Lambda::Permission").values()]
                expected = [{**GUIDE, "FunctionName": function}]
                if values["GradualDeployment"] == "true":
                    expected.append({**GUIDE, "FunctionName": {"Ref": "FunctionAliaslive"}})
                self.assertEqual(permitted, expected)

    def allowed(self, stack):
        """The statements of the function's role, but for the log."""
        role = stack["Resources"]["Role"]
        return [statement for policy in role["Properties"]["Policies"][1:] for statement in policy["PolicyDocument"]["Statement"]]

    def test_the_handler_of_ivs_chat_may_do_nothing_but_log(self):
        for values, stack in self.each(Chat="IVS"):
            self.assertEqual(self.allowed(stack), [])

    def test_chime_may_invoke_its_function_which_may_call_back_alone(self):
        for values, stack in self.each(Chat="Chime"):
            with self.subTest(**chosen(values)):
                permission, = of_type(stack, "AWS::Lambda::Permission").values()
                instance = values["AppInstanceArn"] or f"arn:aws:chime:{REGION}:{ACCOUNT}:app-instance/*"
                self.assertEqual(permission["Properties"], {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Fn::GetAtt": ["ChimeFunction", "Arn"]},
                    "Principal": "messaging.chime.amazonaws.com",
                    "SourceAccount": ACCOUNT,
                    "SourceArn": instance,
                })
                self.assertEqual(self.allowed(stack), [{"Effect": "Allow", "Action": "chime:ChannelFlowCallback", "Resource": f"{instance}/channel/*"}])
                self.assertIn("FallbackAction=ABORT", json.dumps(stack["Outputs"]["Step1CreateFlow"]["Value"]))

    def test_the_api_has_its_routes_and_the_function_its_table(self):
        for values, stack in self.each(Chat="WebSocket"):
            with self.subTest(**chosen(values)):
                permission, = of_type(stack, "AWS::Lambda::Permission").values()
                self.assertEqual(permission["Properties"]["Principal"], "apigateway.amazonaws.com")
                self.assertEqual(permission["Properties"]["SourceArn"], {"Fn::Sub": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:${{Api}}/*"})
                routes = of_type(stack, "AWS::ApiGatewayV2::Route")
                keys = {it["Properties"]["RouteKey"]: name for name, it in routes.items()}
                self.assertEqual(set(keys), {"$connect", "$disconnect", "$default", "message"})
                # The sender is answered where messages come, and whatever changes is deployed.
                answered = {it["Properties"]["RouteId"]["Ref"] for it in of_type(stack, "AWS::ApiGatewayV2::RouteResponse").values()}
                self.assertEqual(answered, {keys["$default"], keys["message"]})
                stage, = of_type(stack, "AWS::ApiGatewayV2::Stage").values()
                self.assertTrue(stage["Properties"]["AutoDeploy"])

                table = stack["Resources"]["Connections"]["Properties"]
                index, = table["GlobalSecondaryIndexes"]
                code = (ROOT / "gateway/src/connections.rs").read_text()
                for name in (index["IndexName"], table["TimeToLiveSpecification"]["AttributeName"], *(key["AttributeName"] for key in index["KeySchema"])):
                    self.assertIn(f'"{name}"', code)
                variables = stack["Resources"]["GatewayFunction"]["Properties"]["Environment"]["Variables"]
                self.assertEqual(variables, {"CHATWARDEN_MESSAGE_PATH": "message", "CHATWARDEN_CONNECTIONS_TABLE": {"Ref": "Connections"}})
                # What the function calls, on what it calls it.
                table_arn = {"Fn::GetAtt": ["Connections", "Arn"]}
                by_action = {}
                for statement in self.allowed(stack):
                    actions = statement["Action"]
                    for action in [actions] if isinstance(actions, str) else actions:
                        by_action[action] = statement["Resource"]
                self.assertEqual(by_action, {
                    "dynamodb:PutItem": table_arn,
                    "dynamodb:GetItem": table_arn,
                    "dynamodb:DeleteItem": table_arn,
                    "dynamodb:Query": {"Fn::Sub": "${Connections.Arn}/index/byRoom"},
                    "execute-api:ManageConnections": {"Fn::Sub": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:${{Api}}/live/POST/@connections/*"},
                })

    def test_a_room_has_handler_and_fallback_and_comes_after_the_permission(self):
        for values, stack in self.each(RoomName=""):
            with self.subTest(**chosen(values)):
                self.assertEqual(of_type(stack, "AWS::IVSChat::Room"), {})
        for values, stack in self.each(RoomName="lobby"):
            with self.subTest(**chosen(values)):
                room, = of_type(stack, "AWS::IVSChat::Room").values()
                handler = room["Properties"]["MessageReviewHandler"]
                self.assertEqual(handler["FallbackResult"], values["FallbackResult"])
                waits_for = {room["DependsOn"]} | names(handler)
                if values["GradualDeployment"] == "true":
                    # Of the two, the first is taken.
                    self.assertEqual(handler["Uri"], {"Fn::Select": [0, [{"Ref": "FunctionAliaslive"}, {"Ref": "AliasPermission"}]]})
                else:
                    self.assertEqual(handler["Uri"], {"Fn::GetAtt": ["Function", "Arn"]})
                self.assertLessEqual(set(of_type(stack, "AWS::Lambda::Permission")), waits_for)

    def test_one_switch_turns_everything_to_the_alias(self):
        for values, stack in self.each(Chat="IVS"):
            with self.subTest(**chosen(values)):
                gradual = values["GradualDeployment"] == "true"
                handler = stack["Outputs"]["Handler"]["Value"]
                self.assertEqual(handler, {"Ref": "FunctionAliaslive"} if gradual else {"Fn::GetAtt": ["Function", "Arn"]})
                for alarm in ("InvocationErrorsAlarm", "ResponseValidationErrorsAlarm"):
                    dimension, = stack["Resources"][alarm]["Properties"]["Dimensions"]
                    uri = {"Fn::Sub": "${Function.Arn}:live"} if gradual else handler
                    self.assertEqual(dimension, {"Name": "Uri", "Value": uri})
                for output in ("Step1Attach", "Step2Check"):
                    self.assertEqual("chatwarden:live" in stack["Outputs"][output]["Value"], gradual)
                alias = stack["Resources"]["FunctionAliaslive"]
                self.assertEqual("CodeDeployLambdaAliasUpdate" in alias.get("UpdatePolicy", {}), gradual)
                self.assertEqual(len(of_type(stack, "AWS::CodeDeploy::DeploymentGroup")), int(gradual))
                provisioned = alias["Properties"].get("ProvisionedConcurrencyConfig")
                wanted = values["ProvisionedConcurrency"]
                self.assertEqual(provisioned, {"ProvisionedConcurrentExecutions": wanted} if wanted else None)

    def test_a_deployment_is_rolled_back_on_alarms_that_are_there(self):
        for values, stack in self.each(GradualDeployment="true"):
            with self.subTest(**chosen(values)):
                group, = of_type(stack, "AWS::CodeDeploy::DeploymentGroup").values()
                group = group["Properties"]
                self.assertIn("DEPLOYMENT_STOP_ON_ALARM", group["AutoRollbackConfiguration"]["Events"])
                watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
                self.assertEqual(watched, {"NewVersionErrorsAlarm", "NewVersionDurationAlarm", "ResponseValidationErrorsAlarm"})
                self.assertLessEqual(watched, set(stack["Resources"]))
                version, = of_type(stack, "AWS::Lambda::Version")
                self.assertIn(version, names(stack["Resources"]["NewVersionErrorsAlarm"]))

    def test_alarms_are_always_there_and_tell_the_topic_if_there_is_one(self):
        everywhere = {"ErrorsAlarm", "ThrottlesAlarm", "DenyRateAlarm"}
        of_ivs_chat = {"InvocationErrorsAlarm", "ResponseValidationErrorsAlarm", "DurationAlarm"}
        for values, stack in self.each():
            with self.subTest(**chosen(values)):
                always = everywhere | of_ivs_chat if values["Chat"] == "IVS" else everywhere
                alarms = of_type(stack, "AWS::CloudWatch::Alarm")
                self.assertLessEqual(always, set(alarms))
                for name in always:
                    topic = values["AlarmTopic"]
                    self.assertEqual(alarms[name]["Properties"].get("AlarmActions"), [topic] if topic else None)

    def test_the_policy_layer_is_used_if_there_is_one(self):
        for values, stack in self.each():
            with self.subTest(**chosen(values)):
                layer = values["PolicyLayer"]
                function = stack["Resources"][FUNCTIONS[values["Chat"]]]
                self.assertEqual(function["Properties"].get("Layers"), [layer] if layer else None)

    def test_what_is_shown_is_what_is_counted(self):
        handler = (ROOT / "handler/src/metrics.rs").read_text()
        for name in COUNTED | COUNTED_BY_RULE | {"Chatwarden", "FunctionName", "Rule", "PolicyHash"}:
            self.assertIn(f'"{name}"', handler)
        _, stack = self.combinations[0]
        body = stack["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        shown = set()
        for widget in json.loads(body)["widgets"]:
            self.assertLessEqual(widget["x"] + widget["width"], 24)
            namespace = None
            for metric in widget["properties"].get("metrics", []):
                if isinstance(metric[0], str) and metric[0] != "...":
                    namespace = namespace if metric[0] == "." else metric[0]
                    if namespace == "Chatwarden":
                        shown.add(metric[1])
        # Rules in shadow mode are shown one by one.
        self.assertEqual(COUNTED - shown, {"ShadowHits", "TagsLeftOut"})
        self.assertLessEqual(shown, COUNTED)
        for name in COUNTED_BY_RULE:
            self.assertIn(f"{{Chatwarden,FunctionName,Rule}} MetricName=\\\"{name}\\\"", body)
        alarm = stack["Resources"]["DenyRateAlarm"]["Properties"]["Metrics"]
        model = stack["Resources"]["DenyRateModel"]["Properties"]["MetricMathAnomalyDetector"]["MetricDataQueries"]
        # The alarm goes by the model only if they are about the same thing.
        series = [{k: v for k, v in query.items() if k not in ("Label", "ReturnData")} for query in alarm if query["Id"] != "band"]
        self.assertEqual(series, [{k: v for k, v in query.items() if k != "ReturnData"} for query in model])
        counted = {query["MetricStat"]["Metric"]["MetricName"] for query in model if "MetricStat" in query}
        self.assertLessEqual(counted, COUNTED)


class Policies(unittest.TestCase):
    """deploy/iam. That operator.json is exactly what the command calls is tested with the command."""

    def policy(self, name):
        return json.loads((ROOT / "deploy/iam" / f"{name}.json").read_text())

    def test_they_name_actions_and_resources_that_there_are(self):
        files = sorted((ROOT / "deploy/iam").glob("*.json"))
        self.assertEqual([file.stem for file in files], ["ci", "handler", "operator"])
        resources = {
            file.stem.title(): {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": json.loads(file.read_text())}}
            for file in files
        }
        self.assertEqual(lint({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}), [])

    def test_a_managed_policy_has_6144_characters_at_most(self):
        for name in ("ci", "handler", "operator"):
            self.assertLessEqual(len(json.dumps(self.policy(name), separators=(",", ":"))), 6144)

    def test_the_handler_has_what_the_template_gives_it(self):
        given = source()["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        written = self.policy("handler")["Statement"]
        for one, other in zip(given, written, strict=True):
            self.assertEqual({**one, "Resource": None}, {**other, "Resource": None})

    def test_nothing_is_allowed_on_everything_that_could_be_narrower(self):
        # These have no resources that the one who asks could know.
        everywhere = {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics"}
        for name in ("ci", "handler", "operator"):
            for statement in self.policy(name)["Statement"]:
                self.assertEqual(statement["Effect"], "Allow")
                self.assertFalse([action for action in statement["Action"] if "*" in action])
                if statement["Resource"] == "*":
                    self.assertLessEqual(set(statement["Action"]), everywhere, name)


class Terraform(unittest.TestCase):
    def test_the_permission_is_the_guides_and_comes_before_the_room(self):
        blocks = {}
        for block in hcl2.loads((ROOT / "deploy/terraform/main.tf").read_text())["resource"]:
            (kind, named), = block.items()
            blocks[kind.strip('"')], = named.values()
        permission = {name: value.strip('"') for name, value in blocks["aws_lambda_permission"].items() if isinstance(value, str)}
        known = {"data.aws_caller_identity.current.account_id": ACCOUNT, "data.aws_region.current.id": REGION, "data.aws_partition.current.partition": "aws"}
        for name, value in permission.items():
            for reference, stands_for in known.items():
                value = value.replace("${%s}" % reference, stands_for)
            permission[name] = value
        guide = {"action": GUIDE["Action"], "principal": GUIDE["Principal"], "source_account": GUIDE["SourceAccount"], "source_arn": GUIDE["SourceArn"]}
        self.assertLessEqual(guide.items(), permission.items())
        room = blocks["aws_ivschat_room"]
        self.assertEqual(room["depends_on"], ["${aws_lambda_permission.ivs_chat}"])
        self.assertEqual(room["message_review_handler"][0]["fallback_result"], '"DENY"')


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    logging.disable(logging.WARNING)
    unittest.main()
