"""The pages of an account: sign-up, log-in, settings, programs that may act for it."""
