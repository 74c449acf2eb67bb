"""Grants: the shared decision table, its unseen siblings, issue checks, narrowing, signatures."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.ontology.fields import Tier
from knowledge_graph.sovereignty.crypto.signatures import Ed25519Signer, Sm2Signer
from knowledge_graph.sovereignty.errors import GrantError
from knowledge_graph.sovereignty.grants.decision import GrantState, UseDecision, UseRequest, decide
from knowledge_graph.sovereignty.grants.grant import Grant, read_grant, read_purpose, read_tiers
from knowledge_graph.sovereignty.grants.instants import read_instant, write_instant
from knowledge_graph.sovereignty.grants.issue import check_issue
from knowledge_graph.sovereignty.grants.purposes import DPV, PURPOSES
from knowledge_graph.sovereignty.grants.signed import (
    GrantSignature,
    SignedGrant,
    open_grant,
    sign_grant,
)

Vectors = Callable[[str], Any]
NAIVE = datetime(2026, 11, 20, 23)  # noqa: DTZ001 - what must be refused
T0 = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
GRANT = Grant(
    id="a" * 32,
    subject="subj:7f3a",
    recipient="org:acme",
    purpose="quote",
    tiers=frozenset({Tier.TRANSACTION}),
    issued=T0,
    not_before=T0,
    expires=T0 + 48 * HOUR,
    consented=T0,
    act="b" * 32,
    notice="c" * 64,
)
REQUEST = UseRequest(
    at=T0 + HOUR, subject="subj:7f3a", recipient="org:acme", purpose="quote", tier=Tier.TRANSACTION
)


def said(
    grant: Grant = GRANT, request: UseRequest = REQUEST, state: GrantState | None = None
) -> str:
    decision = decide(grant, request, state or GrantState())
    assert decision.allowed is (decision.reason == "")
    return decision.reason


def decided(case: Any) -> UseDecision:
    """Map the neutral fields of the table to our types; a grant that cannot be made denies."""
    given_, asked = case["grant"], case["request"]
    try:
        grant = Grant(
            id="a" * 32,
            act="b" * 32,
            subject=given_["subject"],
            recipient=given_["recipient"],
            purpose=read_purpose(given_["purpose"]),
            tiers=read_tiers(given_["tiers"]),
            issued=read_instant(given_["issued"]),
            not_before=read_instant(given_["not_before"]),
            expires=read_instant(given_["expires"]),
            consented=read_instant(given_["issued"]),
            max_uses=None if given_["uses_left"] is None else max(given_["uses_left"], 1),
        )
    except GrantError as error:
        return UseDecision(allowed=False, reason=error.reason)
    left = given_["uses_left"]
    state = GrantState(
        uses=0 if left is None or left > 0 else 1,
        revoked_at=None if given_["revoked_at"] is None else read_instant(given_["revoked_at"]),
    )
    request = UseRequest(
        at=read_instant(asked["at"]),
        subject=asked["subject"],
        recipient=asked["recipient"],
        purpose=asked["purpose"],
        tier=Tier(asked["tier"]),
        answer=asked["kind"],
    )
    return decide(grant, request, state)


def test_the_shared_decision_table(vectors: Vectors) -> None:
    cases = vectors("grant_cases.json")["cases"]
    wrong = {
        case["id"] for case in cases if decided(case).allowed is not (case["expect"] == "allow")
    }
    assert wrong == set()
    assert len(cases) >= 20


def siblings() -> list[Any]:
    path = Path(__file__).with_name("grant_siblings.jsonl")
    base, *others = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    whole = [
        {
            **c,
            "grant": {**base["grant"], **c["grant"]},
            "request": {**base["request"], **c["request"]},
        }
        for c in others
    ]
    return [base, *whole]


@pytest.mark.parametrize("case", siblings(), ids=lambda case: case["id"])
def test_siblings_written_without_the_code_at_hand(case: Any) -> None:
    if case["expect"] == "allow":
        assert decided(case).allowed
        return
    try:
        decision = decided(case)
    except (GrantError, ValueError):
        return  # a request that cannot be read is refused before anything is decided
    assert not decision.allowed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"at": T0 + 48 * HOUR}, "expired"),
        ({"at": T0 + 48 * HOUR - SECOND}, ""),
        ({"at": (T0 + 48 * HOUR).astimezone(timezone(timedelta(hours=8)))}, "expired"),
        ({"at": T0 - SECOND}, "not_yet"),
        ({"at": NAIVE}, "bad_time"),
        ({"purpose": "marketing"}, "other_purpose"),
        ({"purpose": "Quote"}, "other_purpose"),
        ({"purpose": "ｑuote"}, "other_purpose"),
        ({"purpose": "quote\u200b"}, "other_purpose"),
        ({"purpose": "*"}, "other_purpose"),
        ({"purpose": "quote-generation"}, "other_purpose"),
        ({"tier": Tier.SENTIMENT}, "tier_not_granted"),
        ({"tier": Tier.IDENTITY}, "tier_not_granted"),
        ({"recipient": "org:acme2"}, "other_recipient"),
        ({"recipient": "org:ａcme"}, "other_recipient"),
        ({"subject": ""}, "other_subject"),
        ({"answer": "raw"}, "raw_data"),
        ({"answer": "SUMMARY"}, "raw_data"),
        ({"answer": "aggregate"}, ""),
        ({"node": "elsewhere"}, "other_node"),
    ],
)
def test_siblings_of_the_table(change: dict[str, Any], reason: str) -> None:
    assert said(request=replace(REQUEST, **change)) == reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (GrantState(revoked_at=REQUEST.at), "withdrawn"),
        (GrantState(revoked_at=REQUEST.at + SECOND), ""),
        (GrantState(revoked_at=NAIVE), "withdrawn"),
        (GrantState(revocations_as_of=REQUEST.at - timedelta(minutes=5)), ""),
        (
            GrantState(revocations_as_of=REQUEST.at - timedelta(minutes=5, seconds=1)),
            "stale_revocations",
        ),
        (GrantState(revocations_as_of=REQUEST.at + timedelta(minutes=10)), "stale_revocations"),
        (GrantState(latest_seen=REQUEST.at + timedelta(seconds=121)), "clock_back"),
        (GrantState(latest_seen=REQUEST.at + timedelta(seconds=119)), ""),
        (GrantState(uses=-1), "uses_spent"),
    ],
)
def test_states_of_a_grant(state: GrantState, reason: str) -> None:
    assert said(state=state) == reason


def test_a_clock_set_back_a_little_does_not_reopen() -> None:
    request = replace(REQUEST, at=GRANT.expires - SECOND)
    assert said(request=request, state=GrantState(latest_seen=GRANT.expires)) == "expired"
    state = GrantState(latest_seen=REQUEST.at + SECOND, revoked_at=REQUEST.at + SECOND)
    assert said(state=state) == "withdrawn"


def test_uses_region_and_templates() -> None:
    once = replace(GRANT, max_uses=1)
    assert said(once) == ""
    assert said(once, state=GrantState(uses=1)) == "uses_spent"
    here = replace(GRANT, region="CN", templates=frozenset({"last-orders"}))
    request = replace(REQUEST, region="CN", template="last-orders")
    assert said(here, request) == ""
    assert said(here, replace(request, region="")) == "other_region"
    assert said(here, replace(request, template="raw-sql")) == "other_template"


@given(
    tiers=st.sets(st.sampled_from(list(Tier)), min_size=1),
    asked=st.sampled_from(list(Tier)),
    offset=st.integers(-10, 80 * 3600),
    hours=st.integers(1, 72),
    revoked=st.none() | st.integers(0, 80 * 3600),
)
@settings(max_examples=200)
def test_allowed_means_every_condition_holds(
    tiers: set[Tier], asked: Tier, offset: int, hours: int, revoked: int | None
) -> None:
    grant = replace(GRANT, tiers=frozenset(tiers), expires=T0 + hours * HOUR)
    request = replace(REQUEST, tier=asked, at=T0 + offset * SECOND)
    state = GrantState(revoked_at=None if revoked is None else T0 + revoked * SECOND)
    expected = (
        asked in tiers and 0 <= offset < hours * 3600 and (revoked is None or offset < revoked)
    )
    assert decide(grant, request, state).allowed is expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expires": T0 + 72 * HOUR}, ""),
        ({"expires": T0 + 72 * HOUR + SECOND}, "over_72_hours"),
        ({"consented": T0 - 48 * HOUR, "expires": T0 + 25 * HOUR}, "over_72_hours"),
        ({"consented": T0 + HOUR}, "bad_time"),
        ({"not_before": T0 - HOUR}, "bad_time"),
        ({"expires": T0}, "bad_time"),
        ({"expires": NAIVE}, "bad_time"),
        ({"expires": T0 + timedelta(microseconds=1)}, "bad_time"),
        ({"purpose": "*"}, "unknown_purpose"),
        ({"purpose": "quote marketing"}, "unknown_purpose"),
        ({"purpose": ("quote", "marketing")}, "several_purposes"),
        ({"tiers": frozenset()}, "unknown_tier"),
        ({"recipient": "*"}, "malformed"),
        ({"recipient": "org:ａcme"}, "malformed"),
        ({"subject": "subj:*"}, "malformed"),
        ({"id": "A" * 32}, "malformed"),
        ({"notice": "x"}, "malformed"),
        ({"parent": "x"}, "malformed"),
        ({"region": "*"}, "malformed"),
        ({"max_uses": 0}, "no_uses"),
        ({"k": 1}, "small_group"),
    ],
)
def test_what_cannot_be_made(change: dict[str, Any], reason: str) -> None:
    if not reason:
        assert replace(GRANT, **change)
        return
    with pytest.raises(GrantError) as caught:
        replace(GRANT, **change)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T08:00:00", "2026-11-22 08:00:00Z", "２026-11-22T08:00:00Z", "2026-11-22T08:00:60Z", "2026-02-30T08:00:00Z",
     "2026-11-22T08:00:00.5Z", "2026-11-22T08:00:00z", "2026-11-22", "20261122T080000Z", "2026-11-22T08:00:00+25:00", "", None, 7,
     "0001-01-01T00:00:00+14:00", "2026-11-22T08:00:00Z\n"],
)  # fmt: skip
def test_instants_with_two_readings_are_refused(text: object) -> None:
    with pytest.raises(GrantError):
        read_instant(text)


@pytest.mark.parametrize(
    "value",
    [
        ["quote", "marketing"],
        ["quote"],
        "",
        "*",
        "all",
        "quote,marketing",
        "Quote",
        None,
        3,
        {"quote"},
    ],
)
def test_one_purpose_only(value: object) -> None:
    with pytest.raises(GrantError):
        read_purpose(value)


@pytest.mark.parametrize(
    "value", [[], ["*"], ["all"], ["Identity"], "identity", None, ["identity", 3], [["identity"]]]
)
def test_tiers_one_by_one(value: object) -> None:
    with pytest.raises(GrantError):
        read_tiers(value)


def test_purposes_are_concepts_of_dpv() -> None:
    assert all(iri.startswith(DPV) for iri in PURPOSES.values())


def test_the_canonical_form_reads_back_and_nothing_else() -> None:
    data = GRANT.to_json()
    assert read_grant(data) == GRANT
    assert write_instant(T0.astimezone(timezone(timedelta(hours=8)))) == "2026-11-20T08:00:00Z"
    for other in (
        data.replace(b'"quote"', b'"service"', 1),
        data.replace(b'"k":5', b'"k":5,"more":1'),
        data.replace(b'"v":1', b'"v":2'),
        data.replace(b'["transaction"]', b'["transaction","transaction"]'),
        data.replace(b'["transaction"]', b'["transaction","identity"]'),
        data.replace(b'"k":5', b'"k":true'),
        data.replace(b'"node":"local"', b'"node":7'),
        data.replace(b'"templates":[]', b'"templates":{}'),
        data.replace(b"08:00:00Z", b"08:00:00+00:00"),
        data + b" ",
        b"[]",
        b"",
    ):
        with pytest.raises(GrantError):
            read_grant(other)


def test_issuing() -> None:
    def issue(grant: Grant = GRANT, **change: Any) -> None:
        check_issue(grant, **{"now": T0, "clicked": [Tier.TRANSACTION], "acts": {}, **change})

    issue()
    issue(acts={GRANT.act: GRANT.id})
    refused: list[tuple[Grant, dict[str, Any], str]] = [
        (GRANT, {"now": T0 + timedelta(minutes=3)}, "bad_time"),
        (GRANT, {"now": T0 - timedelta(minutes=3)}, "bad_time"),
        (
            replace(GRANT, tiers=frozenset({Tier.TRANSACTION, Tier.SENTIMENT})),
            {},
            "tier_not_clicked",
        ),
        (GRANT, {"clicked": []}, "tier_not_clicked"),
        (replace(GRANT, notice=""), {}, "no_notice"),
        (GRANT, {"acts": {GRANT.act: "d" * 32}}, "act_used"),
    ]
    for grant, change, reason in refused:
        with pytest.raises(GrantError) as caught:
            issue(grant, **change)
        assert caught.value.reason == reason


def test_signatures() -> None:
    sm2, ed25519, stranger = (
        Sm2Signer.generate(),
        Ed25519Signer.generate(),
        Ed25519Signer.generate(),
    )
    signed = sign_grant(GRANT, [sm2, ed25519])
    pinned = [sm2.public, ed25519.public]
    assert open_grant(signed, pinned, needed=2) == GRANT
    longer = replace(GRANT, expires=T0 + 60 * HOUR).to_json()
    forged = [
        SignedGrant(body=longer, signatures=signed.signatures),
        SignedGrant(body=signed.body, signatures=()),
        SignedGrant(body=signed.body, signatures=signed.signatures * 5),
        SignedGrant(
            body=signed.body,
            signatures=(GrantSignature(key=sm2.public.thumbprint, value=bytes(64)),),
        ),
        sign_grant(GRANT, [stranger]),
        SignedGrant(
            body=signed.body,
            signatures=(
                GrantSignature(key=ed25519.public.thumbprint, value=ed25519.sign(signed.body)),
            ),
        ),
    ]
    for each in forged:
        with pytest.raises(GrantError):
            open_grant(each, pinned)
    one = SignedGrant(body=signed.body, signatures=signed.signatures[:1] * 2)
    with pytest.raises(GrantError):
        open_grant(one, pinned, needed=2)
    with pytest.raises(GrantError):
        sign_grant(GRANT, [])


@given(data=st.binary(max_size=80))
def test_malformed_grants_are_typed_errors(data: bytes) -> None:
    with pytest.raises(GrantError):
        read_grant(data)
