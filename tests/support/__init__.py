"""What tests of several folders share: factories of rows, servers, waiting."""
