"""Passkeys (WebAuthn level 2): a device signs for our address alone, after a finger, face or PIN.

So a passkey is two factors in one, and a page that imitates ours gets nothing that it could use.
"""

import ipaddress
import json
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from induction.audit.act import Act
from induction.database import rows_hit
from induction.institute import institute
from induction.people.models import Account
from induction.second_factor.models import Passkey, PasskeyChallenge

ANSWERED_WITHIN = timedelta(minutes=5)
_VERIFIED = UserVerificationRequirement.REQUIRED
_UNFIT = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError)


def _origin() -> str:
    parts = urlsplit(current_app.extensions["settings"].base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _host() -> str:
    return urlsplit(_origin()).hostname or ""


def usable() -> bool:
    """Whether browsers make passkeys for our address: it has a name, and https or this machine."""
    try:
        ipaddress.ip_address(_host())
    except ValueError:
        return _origin().startswith("https://") or _host() == "localhost"
    return False


def options_to_add(act: Act, account: Account) -> str:
    """What a browser needs to have a device make a new passkey, as JSON."""
    there = [base64url_to_bytes(key.credential_id) for key in of(act.session, account)]
    options = generate_registration_options(
        rp_id=_host(),
        rp_name=institute().name,
        user_name=account.sign_in_name,
        user_display_name=account.full_name,
        user_id=account.public_id.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in there],
    )
    _await(act, options.challenge)
    return options_to_json(options)


def options_to_prove(act: Act) -> str:
    """What a browser needs to have a device sign with one of its passkeys, as JSON."""
    options = generate_authentication_options(rp_id=_host(), user_verification=_VERIFIED)
    _await(act, options.challenge)
    return options_to_json(options)


def _await(act: Act, challenge: bytes) -> None:
    act.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < act.now))
    row = {"challenge": bytes_to_base64url(challenge), "expires_at": act.now + ANSWERED_WITHIN}
    act.session.execute(insert(PasskeyChallenge), row)


def _awaited(act: Act, credential: dict[str, object]) -> bytes:
    """The challenge that this answers, once. Raises ValueError where we asked no such thing."""
    response = credential["response"]
    told = response["clientDataJSON"]  # type: ignore[index]  # anything else is no answer
    challenge = str(json.loads(base64url_to_bytes(told))["challenge"])
    asked = delete(PasskeyChallenge).where(
        PasskeyChallenge.challenge == challenge, PasskeyChallenge.expires_at > act.now
    )
    if rows_hit(act.session, asked) != 1:
        raise ValueError("not asked, or too long ago")
    return base64url_to_bytes(challenge)


def add(act: Act, account: Account, answer: str, name: str) -> bool:
    """Keep the passkey that a device has made; whether this was one."""
    try:
        credential = json.loads(answer)
        made = verify_registration_response(
            credential=credential,
            expected_challenge=_awaited(act, credential),
            expected_rp_id=_host(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except _UNFIT:
        return False
    act.session.add(
        Passkey(
            account_id=account.id,
            credential_id=bytes_to_base64url(made.credential_id),
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            name=name[:60],
            added_at=act.now,
        )
    )
    act.session.flush()
    return True


def owner(act: Act, answer: str) -> Account | None:
    """Whose passkey has signed this; None where it is nobody's, or not what we asked for."""
    try:
        credential = json.loads(answer)
        key = act.session.scalars(
            select(Passkey).where(Passkey.credential_id == str(credential["id"])).with_for_update()
        ).first()
        if key is None:
            return None
        signed = verify_authentication_response(
            credential=credential,
            expected_challenge=_awaited(act, credential),
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except _UNFIT:
        return None
    key.sign_count = signed.new_sign_count
    whose = act.session.get_one(Account, key.account_id)
    return whose if whose.is_open(act.now) else None


def of(session: Session, account: Account) -> Sequence[Passkey]:
    """The passkeys of an account, the oldest first."""
    query = select(Passkey).where(Passkey.account_id == account.id)
    return session.scalars(query.order_by(Passkey.id)).all()


def remove(act: Act, account: Account, public_id: str) -> bool:
    """Let one passkey of this account count no more; whether there was such a one."""
    mine = Passkey.account_id == account.id, Passkey.public_id == public_id
    return bool(rows_hit(act.session, delete(Passkey).where(*mine)))
