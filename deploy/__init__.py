"""How Nexus is put to work: images, load balancer, releases."""
