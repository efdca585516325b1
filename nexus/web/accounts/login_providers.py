"""The conversation with another service that recognises a person: OpenID Connect, and GitHub.

The protocols' steps are allauth's. What an ID token must be to be believed is checked here, since
allauth takes it unsigned from the provider's connection and sends no nonce.
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

# Signatures with a key that only the provider has; with a shared secret, anybody could sign who
# learns the public one.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_S = 30
REQUIRED = ["iss", "aud", "exp", "iat", "sub"]
# What a provider that is away, broken or malicious makes of the conversation.
FAULTS = (OAuth2Error, RequestException, jwt.PyJWTError, LookupError, TypeError, ValueError)

log = structlog.get_logger()


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """An OpenID Connect provider."""

    def __init__(self, request: "HttpRequest", provider: "OpenID") -> None:
        super().__init__(request, provider.app.provider_id)
        self.provider = provider

    def get_provider(self) -> "OpenID":
        """Return the provider that this was made for."""
        return self.provider

    def get_callback_url(self, request: "HttpRequest", app: SocialApp) -> str:
        """Return the address to which the provider sends the browser back."""
        return callback_address(request, app.provider_id)

    def identify(self, answer: "Mapping[str, Any]", nonce: str) -> Identity:
        """Return whom the answer to a code tells of. Raises one of `FAULTS`."""
        app = self.provider.app
        claims = self._claims(answer["id_token"], app.client_id, nonce)
        if "email" not in claims:
            told = self._fetch_user_info(answer["access_token"])
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("userinfo is of somebody else")
            claims = {**told, **claims}
        # Some providers send booleans as texts.
        verified = claims.get("email_verified") in (True, "true")
        email = str(claims.get("email") or "") if verified else ""
        return Identity(app.provider_id, str(claims["sub"]), email, str(claims.get("name") or ""))

    def _claims(self, token: str, client_id: str, nonce: str) -> dict[str, Any]:
        """Check an ID token as OpenID Connect Core 1.0 has it, in 3.1.3.7."""
        issuer = self.openid_config["issuer"]
        if issuer.rstrip("/") != self.provider.app.settings["server_url"]:
            raise OAuth2Error("the document is of another issuer")
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
            raise OAuth2Error("the token was made for another client")
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("the token is of another log-in")
        return claims


class OpenID(OpenIDConnectProvider):  # type: ignore[misc]  # allauth has no types
    """An OpenID Connect provider, always with PKCE."""

    pkce_enabled_default = True

    def get_oauth2_adapter(self, request: "HttpRequest") -> OpenIDAdapter:
        """Return what speaks with the provider."""
        return OpenIDAdapter(request, self)

    def get_pkce_params(self) -> dict[str, str]:
        """Return the challenge of this log-in, and its secret."""
        return dict(generate_code_challenge())


class GitHubAdapter(GitHubOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """GitHub, which signs nothing: what it says comes over a connection that we opened."""

    def __init__(self, request: "HttpRequest", provider: "GitHub") -> None:
        super().__init__(request)
        self.provider = provider

    def get_provider(self) -> "GitHub":
        """Return the provider that this was made for."""
        return self.provider

    def get_callback_url(self, request: "HttpRequest", app: SocialApp) -> str:
        """Return the address to which GitHub sends the browser back."""
        return callback_address(request, app.provider_id)

    def identify(self, answer: "Mapping[str, Any]", _nonce: str) -> Identity:
        """Return whom the answer to a code tells of. Raises one of `FAULTS`."""
        app = self.provider.app
        login = self.complete_login(self.request, app, self.parse_token(answer), response=answer)
        verified = [row for row in login.email_addresses if row.verified is True]
        verified.sort(key=lambda row: not row.primary)
        email = verified[0].email if verified else ""
        name = login.account.extra_data.get("name") or ""
        return Identity(app.provider_id, login.account.uid, email, str(name))


class GitHub(GitHubProvider):  # type: ignore[misc]  # allauth has no types
    """GitHub, always with PKCE."""

    def get_oauth2_adapter(self, request: "HttpRequest") -> GitHubAdapter:
        """Return what speaks with GitHub."""
        return GitHubAdapter(request, self)

    def get_pkce_params(self) -> dict[str, str]:
        """Return the challenge of this log-in, and its secret."""
        return dict(generate_code_challenge())


def begin(request: "HttpRequest", slug: str, *, next_address: str) -> str:
    """Return the address at the provider where the person is to go.

    What comes back must fit what is kept in the session here: the state, the nonce and the secret
    of the challenge. Raises `ProviderNotFoundError` and `ProviderError`.
    """
    provider, nonce = _provider(request, slug), secrets.token_urlsafe(24)
    try:
        left = provider.redirect(
            request,
            process="login",
            next_url=next_address,
            nonce=nonce,
            auth_params={"nonce": nonce} if isinstance(provider, OpenID) else {},
        )
    except FAULTS as error:
        raise _refused(slug, error) from error
    return str(left.url)


def finish(request: "HttpRequest", slug: str) -> tuple[Identity, str]:
    """Return whom the provider has recognised, and the address to go on to.

    A state works once, and in the browser that it was made for. Raises `ProviderNotFoundError`
    and `ProviderError`.
    """
    provider = _provider(request, slug)
    state = statekit.unstash_state(request, provider_id=slug, state_id=request.GET.get("state", ""))
    if state is None or not request.GET.get("code"):
        raise ProviderError
    adapter = provider.get_oauth2_adapter(request)
    try:
        client = adapter.get_client(request, provider.app)
        answer = client.get_access_token(
            request.GET["code"], pkce_code_verifier=state["pkce_code_verifier"]
        )
        return adapter.identify(answer, state["nonce"]), state.get("next", "")
    except FAULTS as error:
        raise _refused(slug, error) from error


def callback_address(request: "HttpRequest", slug: str) -> str:
    """Return the address to which a provider sends the browser back."""
    return public_url(request, reverse("account:provider-callback", args=[slug]))


def _provider(request: "HttpRequest", slug: str) -> OpenID | GitHub:
    for known in settings.LOGIN_PROVIDERS:
        if known.slug == slug:
            app = SocialApp(
                provider=slug,
                provider_id=slug,
                name=known.name,
                client_id=known.client_id,
                secret=known.client_secret,
                settings={"server_url": known.issuer},
            )
            return (OpenID if known.issuer else GitHub)(request, app=app)
    raise ProviderNotFoundError


def _refused(slug: str, error: Exception) -> ProviderError:
    # Not what it says: the answers of providers hold tokens.
    log.warning("provider_failed", provider=slug, error=type(error).__name__)
    return ProviderError()
