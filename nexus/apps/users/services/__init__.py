"""Writes to accounts."""

from nexus.apps.users.services.account_administration import (
    save_role,
    send_verification,
    set_active,
    set_roles,
    unlock_account,
)
from nexus.apps.users.services.accounts import (
    change_email,
    change_password,
    confirm_email,
    delete_account,
    request_reset,
    reset_password,
    sign_up,
    update_profile,
    verify_email,
)
from nexus.apps.users.services.identities import Identity, log_in_with_provider, unlink_provider
from nexus.apps.users.services.keys import rotate_signing_key
from nexus.apps.users.services.login import complete_log_in, log_in_with_password
from nexus.apps.users.services.oauth_codes import (
    check_redirect,
    delete_spent_codes,
    exchange_code,
    issue_code,
)
from nexus.apps.users.services.owner import (
    delete_spent_login_links,
    ensure_owner,
    issue_login_link,
    redeem_login_link,
)
from nexus.apps.users.services.second_factors import (
    Setup,
    renew_recovery_codes,
    resume_second_factor,
    start_second_factor,
    turn_off_second_factor,
    turn_on_second_factor,
)
from nexus.apps.users.services.tokens import (
    Tokens,
    delete_spent_tokens,
    end_all_log_ins,
    log_in,
    log_in_with_second_factor,
    log_out,
    refresh_tokens,
)

__all__ = [
    "Identity",
    "Setup",
    "Tokens",
    "change_email",
    "change_password",
    "check_redirect",
    "complete_log_in",
    "confirm_email",
    "delete_account",
    "delete_spent_codes",
    "delete_spent_login_links",
    "delete_spent_tokens",
    "end_all_log_ins",
    "ensure_owner",
    "exchange_code",
    "issue_code",
    "issue_login_link",
    "log_in",
    "log_in_with_password",
    "log_in_with_provider",
    "log_in_with_second_factor",
    "log_out",
    "redeem_login_link",
    "refresh_tokens",
    "renew_recovery_codes",
    "request_reset",
    "reset_password",
    "resume_second_factor",
    "rotate_signing_key",
    "save_role",
    "send_verification",
    "set_active",
    "set_roles",
    "sign_up",
    "start_second_factor",
    "turn_off_second_factor",
    "turn_on_second_factor",
    "unlink_provider",
    "unlock_account",
    "update_profile",
    "verify_email",
]
