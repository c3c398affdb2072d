"""For those who own their rooms by CDK: the function, from what `cargo lambda build` made,
the permission, and a room that has it.

    pip install aws-cdk-lib && cdk deploy --app 'python3 app.py'

Alarms and the dashboard are in template.yaml; `chatwarden doctor chatwarden` finds what is wrong.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ivschat as ivschat
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

CODE = Path(__file__).parents[2] / "target/lambda/chatwarden-handler"


class Chatwarden(cdk.Stack):
    def __init__(self, scope, name, *, code=CODE, architecture=lambda_.Architecture.ARM_64, **options):
        super().__init__(scope, name, **options)
        log = logs.LogGroup(
            self, "Log", log_group_name="/aws/lambda/chatwarden", retention=logs.RetentionDays.ONE_MONTH, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]))
        function = lambda_.Function(
            self,
            "Function",
            function_name="chatwarden",
            code=lambda_.Code.from_asset(str(code)),
            runtime=lambda_.Runtime.PROVIDED_AL2023,
            handler="bootstrap",
            architecture=architecture,
            memory_size=256,
            timeout=cdk.Duration.seconds(1),
            role=role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        # For rooms of this account and region alone.
        permission = lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="ivschat.amazonaws.com",
            source_account=self.account,
            source_arn=self.format_arn(service="ivschat", resource="room", resource_name="*"),
        )
        room = ivschat.CfnRoom(
            self,
            "Room",
            name="lobby",
            # To take the handler away, write uri="".
            message_review_handler=ivschat.CfnRoom.MessageReviewHandlerProperty(uri=function.function_arn, fallback_result="DENY"),
        )
        # IVS Chat refuses a handler that it may not invoke.
        room.node.add_dependency(permission)


if __name__ == "__main__":
    app = cdk.App()
    Chatwarden(app, "chatwarden")
    app.synth()
