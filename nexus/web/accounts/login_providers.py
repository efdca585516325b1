"""Logging in with an external provider: OpenID Connect, and GitHub.

allauth implements the protocols. ID tokens are verified here, because allauth does not check their
signature when they come directly from the provider, and sends no nonce.
"""

import secrets
from typing import TYPE_CHECKING, Any

import jwt
import structlog
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from requests import RequestException

from nexus.apps.users.errors import ProviderError, ProviderNotFoundError
from nexus.apps.users.services import Identity
from nexus.web.accounts.return_urls import public_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

__all__ = ["begin", "finish"]

# Asymmetric signatures only. If HMAC were allowed, anyone could sign with the public key as the
# shared secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_S = 30
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
# The exceptions that an unreachable, broken or malicious provider can cause.
FAULTS = (OAuth2Error, RequestException, jwt.PyJWTError, LookupError, TypeError, ValueError)

log = structlog.get_logger()


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """An OpenID Connect provider."""

    def __init__(self, request: "HttpRequest", provider: "OpenID") -> None:
        super().__init__(request, provider.app.provider_id)
        self.provider = provider

    def get_provider(self) -> "OpenID":
        """Return the provider of this adapter."""
        return self.provider

    def get_callback_url(self, request: "HttpRequest", app: SocialApp) -> str:
        return callback_address(request, app.provider_id)

    def identify(self, response: "Mapping[str, Any]", nonce: str) -> Identity:
        """Return the identity in a token response. Raises one of `FAULTS`."""
        app = self.provider.app
        claims = self._claims(response["id_token"], app.client_id, nonce)
        if "email" not in claims:
            user_info = self._fetch_user_info(response["access_token"])
            if user_info.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo has another subject")
            claims = {**user_info, **claims}
        # Some providers send booleans as strings.
        verified = claims.get("email_verified") in (True, "true")
        email = str(claims.get("email") or "") if verified else ""
        return Identity(app.provider_id, str(claims["sub"]), email, str(claims.get("name") or ""))

    def _claims(self, token: str, client_id: str, nonce: str) -> dict[str, Any]:
        """Return the claims of a valid ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
        issuer = self.openid_config["issuer"]
        if issuer.rstrip("/") != self.provider.app.settings["server_url"]:
            raise OAuth2Error("the discovery document has another issuer")
        with get_adapter().get_requests_session() as session:
            keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json())
        kid = jwt.get_unverified_header(token).get("kid")
        key = keys[kid] if kid else keys.keys[0]
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=ALGORITHMS,
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY_S,
            options={"require": REQUIRED},
        )
        if claims.get("azp", client_id) != client_id:
            raise OAuth2Error("the token was issued for another client")
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("the token belongs to another login")
        return claims


class OpenID(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """An OpenID Connect provider, always with PKCE."""

    pkce_enabled_default = True

    def get_oauth2_adapter(self, request: "HttpRequest") -> OpenIDAdapter:
        """Return the adapter of this provider."""
        return OpenIDAdapter(request, self)

    def get_pkce_params(self) -> dict[str, str]:
        """Return the code challenge of this login, and its verifier."""
        return dict(generate_code_challenge())


class GitHubAdapter(GitHubOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """GitHub, which signs nothing: its responses are trusted because we opened the connection."""

    def __init__(self, request: "HttpRequest", provider: "GitHub") -> None:
        super().__init__(request)
        self.provider = provider

    def get_provider(self) -> "GitHub":
        """Return the provider of this adapter."""
        return self.provider

    def get_callback_url(self, request: "HttpRequest", app: SocialApp) -> str:
        return callback_address(request, app.provider_id)

    def identify(self, response: "Mapping[str, Any]", _nonce: str) -> Identity:
        """Return the identity in a token response. Raises one of `FAULTS`."""
        app = self.provider.app
        token = self.parse_token(response)
        login = self.complete_login(self.request, app, token, response=response)
        verified = [row for row in login.email_addresses if row.verified is True]
        verified.sort(key=lambda row: not row.primary)
        email = verified[0].email if verified else ""
        name = login.account.extra_data.get("name") or ""
        return Identity(app.provider_id, login.account.uid, email, str(name))


class GitHub(GitHubProvider):  # type: ignore[misc]  # allauth has no types
    """GitHub, always with PKCE."""

    def get_oauth2_adapter(self, request: "HttpRequest") -> GitHubAdapter:
        return GitHubAdapter(request, self)

    def get_pkce_params(self) -> dict[str, str]:
        """Return the code challenge of this login, and its verifier."""
        return dict(generate_code_challenge())


def begin(request: "HttpRequest", slug: str, *, next_address: str) -> str:
    """Start a login, and return the provider's URL to send the browser to.

    The state, the nonce and the code verifier are stored in the session; the callback must match
    them. Raises `ProviderNotFoundError` and `ProviderError`.
    """
    provider, nonce = _provider(request, slug), secrets.token_urlsafe(24)
    try:
        redirect = provider.redirect(
            request,
            process="login",
            next_url=next_address,
            nonce=nonce,
            auth_params={"nonce": nonce} if isinstance(provider, OpenID) else {},
        )
    except FAULTS as error:
        raise _provider_error(slug, error) from error
    return str(redirect.url)


def finish(request: "HttpRequest", slug: str) -> tuple[Identity, str]:
    """Complete a login, and return the identity and the URL to redirect to.

    A state is valid once, and only in the browser session that started the login. Raises
    `ProviderNotFoundError` and `ProviderError`.
    """
    provider = _provider(request, slug)
    state = statekit.unstash_state(request, provider_id=slug, state_id=request.GET.get("state", ""))
    if state is None or not request.GET.get("code"):
        raise ProviderError
    adapter = provider.get_oauth2_adapter(request)
    try:
        client = adapter.get_client(request, provider.app)
        response = client.get_access_token(
            request.GET["code"], pkce_code_verifier=state["pkce_code_verifier"]
        )
        return adapter.identify(response, state["nonce"]), state.get("next", "")
    except FAULTS as error:
        raise _provider_error(slug, error) from error


def callback_address(request: "HttpRequest", slug: str) -> str:
    """Return the callback URL of a provider."""
    return public_url(request, reverse("account:provider-callback", args=[slug]))


def _provider(request: "HttpRequest", slug: str) -> OpenID | GitHub:
    for provider in settings.LOGIN_PROVIDERS:
        if provider.slug == slug:
            app = SocialApp(
                provider=slug,
                provider_id=slug,
                name=provider.name,
                client_id=provider.client_id,
                secret=provider.client_secret,
                settings={"server_url": provider.issuer},
            )
            return (OpenID if provider.issuer else GitHub)(request, app=app)
    raise ProviderNotFoundError


def _provider_error(slug: str, error: Exception) -> ProviderError:
    # Only the type is logged: providers' responses contain tokens.
    log.warning("provider_failed", provider=slug, error=type(error).__name__)
    return ProviderError()
