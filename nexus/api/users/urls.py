"""The addresses of accounts."""

from django.urls import path

from nexus.api.users.rest import accounts, second_factors

__all__ = ["unversioned", "version_1"]

version_1 = [
    path("accounts/sign-up/", accounts.SignUp.as_view(), name="sign-up"),
    path("accounts/verify/", accounts.Verification.as_view(), name="verify"),
    path("accounts/log-in/", accounts.LogIn.as_view(), name="log-in"),
    path(
        "accounts/log-in/second-factor/",
        second_factors.SecondFactorLogIn.as_view(),
        name="second-factor",
    ),
    path("accounts/exchange/", accounts.Exchange.as_view(), name="exchange"),
    path("accounts/refresh/", accounts.Refresh.as_view(), name="refresh"),
    path("accounts/log-out/", accounts.LogOut.as_view(), name="log-out"),
    path("accounts/reset/", accounts.ResetRequest.as_view(), name="reset"),
    path("accounts/reset/confirm/", accounts.PasswordReset.as_view(), name="reset-confirm"),
    path("accounts/password/", accounts.PasswordChange.as_view(), name="password"),
    path("accounts/email/", accounts.EmailChange.as_view(), name="email"),
    path("accounts/email/confirm/", accounts.EmailConfirmation.as_view(), name="email-confirm"),
    path("me/", accounts.Me.as_view(), name="me"),
    path("me/export/", accounts.AccountExport.as_view(), name="export"),
    path("me/delete/", accounts.AccountDeletion.as_view(), name="delete"),
    path("me/mfa/", second_factors.SecondFactor.as_view(), name="mfa"),
    path("me/mfa/begin/", second_factors.SecondFactorSetup.as_view(), name="mfa-begin"),
    path("me/mfa/turn-on/", second_factors.SecondFactorStart.as_view(), name="mfa-on"),
    path("me/mfa/recovery-codes/", second_factors.RecoveryCodes.as_view(), name="mfa-codes"),
    path("me/mfa/turn-off/", second_factors.SecondFactorRemoval.as_view(), name="mfa-off"),
]

unversioned = [path(".well-known/jwks.json", accounts.jwks, name="jwks")]
