# In each zone a public subnet for the load balancer and a private one for everything else.

variable "name" {
  type = string
}

variable "range" {
  type = string
}

variable "subnets" {
  description = "The ranges of the two subnets, by zone."
  type        = map(object({ public = string, private = string }))
}

resource "aws_vpc" "nexus" {
  cidr_block           = var.range
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# Nothing may use the default security group.
resource "aws_default_security_group" "nobody" {
  vpc_id = aws_vpc.nexus.id
}

resource "aws_internet_gateway" "nexus" {
  vpc_id = aws_vpc.nexus.id
}

resource "aws_subnet" "public" {
  for_each = var.subnets

  vpc_id            = aws_vpc.nexus.id
  availability_zone = each.key
  cidr_block        = each.value.public
}

resource "aws_subnet" "private" {
  for_each = var.subnets

  vpc_id            = aws_vpc.nexus.id
  availability_zone = each.key
  cidr_block        = each.value.private
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.nexus.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.nexus.id
  }
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

# One NAT gateway for each zone, so that the loss of a zone affects only its own.
resource "aws_eip" "out" {
  for_each = var.subnets

  domain     = "vpc"
  depends_on = [aws_internet_gateway.nexus]
}

resource "aws_nat_gateway" "out" {
  for_each = var.subnets

  allocation_id = aws_eip.out[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
}

resource "aws_route_table" "private" {
  for_each = var.subnets

  vpc_id = aws_vpc.nexus.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.out[each.key].id
  }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

output "vpc" {
  value = aws_vpc.nexus.id
}

output "public_subnets" {
  value = [for subnet in aws_subnet.public : subnet.id]
}

output "private_subnets" {
  value = [for subnet in aws_subnet.private : subnet.id]
}

output "balancer_group" {
  value = aws_security_group.balancer.id
}

output "tasks_group" {
  value = aws_security_group.tasks.id
}

output "stores_group" {
  value = aws_security_group.stores.id
}
