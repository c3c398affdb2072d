# For those who own their rooms by Terraform: the function, from a zip that `chatwarden package`
# or `cargo lambda build --output-format zip` made, the permission, and a room that has it.
#
# Alarms and the dashboard are in template.yaml; `chatwarden doctor chatwarden` finds what is wrong.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "zip" {
  description = "The function: bootstrap, and policy.cwp beside it if it is not to follow the policy it was built with"
  type        = string
  default     = "../../target/lambda/chatwarden-handler/bootstrap.zip"
}

variable "architecture" {
  description = "What the zip was built for: arm64 or x86_64"
  type        = string
  default     = "arm64"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_cloudwatch_log_group" "handler" {
  name              = "/aws/lambda/chatwarden"
  retention_in_days = 30
}

resource "aws_iam_role" "handler" {
  name = "chatwarden"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "handler" {
  role   = aws_iam_role.handler.name
  policy = file("${path.module}/../iam/handler.json")
}

resource "aws_lambda_function" "handler" {
  function_name    = "chatwarden"
  role             = aws_iam_role.handler.arn
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = 256
  timeout          = 1

  logging_config {
    log_group             = aws_cloudwatch_log_group.handler.name
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "WARN"
  }

  depends_on = [aws_iam_role_policy.handler]
}

# For rooms of this account and region alone.
resource "aws_lambda_permission" "ivs_chat" {
  statement_id   = "ivs-chat"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.handler.function_name
  principal      = "ivschat.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
  source_arn     = "arn:${data.aws_partition.current.partition}:ivschat:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:room/*"
}

resource "aws_ivschat_room" "lobby" {
  name = "lobby"

  # To take the handler away, write uri = "". Without this block the provider sends nothing, and
  # the room keeps the handler it has.
  message_review_handler {
    uri             = aws_lambda_function.handler.arn
    fallback_result = "DENY"
  }

  # IVS Chat refuses a handler that it may not invoke; and when all is destroyed, the room must let
  # go of the function before the permission goes.
  depends_on = [aws_lambda_permission.ivs_chat]
}
