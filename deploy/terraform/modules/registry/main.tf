variable "name" {
  type = string
}

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

data "aws_iam_policy_document" "key" {
  # checkov:skip=CKV_AWS_109:It is the policy of one key, to which the account grants access by IAM.
  # checkov:skip=CKV_AWS_111:The same.
  # checkov:skip=CKV_AWS_356:In the policy of a key, the star means this key.
  statement {
    sid       = "TheAccountDecidesByIAM"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.here.partition}:iam::${data.aws_caller_identity.here.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "images" {
  description         = "Encrypts the images of Nexus."
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

resource "aws_ecr_repository" "nexus" {
  name = var.name
  # A tag that was deployed always means the same image.
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.images.arn
  }
}

resource "aws_ecr_lifecycle_policy" "nexus" {
  repository = aws_ecr_repository.nexus.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "keep the newest"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}

output "address" {
  value = aws_ecr_repository.nexus.repository_url
}
