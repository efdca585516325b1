data "aws_iam_policy_document" "may_be_taken_by_tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy" "start" {
  name = "AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "read_secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(var.secrets)
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.secrets_key]
  }

  dynamic "statement" {
    for_each = var.settings_file[*]
    content {
      actions   = ["s3:GetObject"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.settings_file[*]
    content {
      actions   = ["s3:GetBucketLocation"]
      resources = [split("/", statement.value)[0]]
    }
  }
}

# The role that starts tasks: it reads their secrets, pulls the image and writes the logs.
resource "aws_iam_role" "start" {
  name_prefix        = "${var.name}-start-"
  assume_role_policy = data.aws_iam_policy_document.may_be_taken_by_tasks.json
}

resource "aws_iam_role_policy_attachment" "start" {
  role       = aws_iam_role.start.name
  policy_arn = data.aws_iam_policy.start.arn
}

resource "aws_iam_role_policy" "read_secrets" {
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.read_secrets.json
}

# The role of the parts themselves, which have no rights in the account.
resource "aws_iam_role" "task" {
  name_prefix        = "${var.name}-task-"
  assume_role_policy = data.aws_iam_policy_document.may_be_taken_by_tasks.json
}
