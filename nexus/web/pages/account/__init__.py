"""The account pages: sign-up, login, settings, OAuth clients."""
