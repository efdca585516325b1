resource "aws_lb" "nexus" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.public_subnets
  security_groups            = [var.balancer_group]
  enable_deletion_protection = var.protected
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  # The web servers close idle connections after 30 s; a request sent at that moment would fail with
  # 502.
  idle_timeout = 25
}

resource "aws_lb_target_group" "web" {
  name_prefix                   = "nexus-"
  vpc_id                        = var.vpc
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = 8000
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  # ECS replaces an unhealthy server. While the database fails over to its other zone, which takes a
  # minute or more, no server is ready, and a new one would not be either: ECS waits for 150 s.
  health_check {
    path                = "/readyz?without=cache"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 10
    matcher             = "200"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.nexus.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener_rule" "admin" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/admin*"]
    }
  }

  condition {
    source_ip {
      values = var.admin_from
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener_rule" "no_admin" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 2

  condition {
    path_pattern {
      values = ["/admin*"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "Not found"
    }
  }
}

# The web servers decode %61dmin to admin; the load balancer compares the path as sent.
resource "aws_lb_listener_rule" "no_escaped_admin" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 3

  condition {
    path_pattern {
      values = ["/%*", "/a%*", "/ad*%*"]
    }
  }

  action {
    type = "fixed-response"

    fixed_response {
      status_code  = "404"
      content_type = "text/plain"
      message_body = "Not found"
    }
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.nexus.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}
