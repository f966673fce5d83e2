"""S7: the policy decides as a reference of twenty lines does, for random policies, people and groups; and a denial
beats whatever allows."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from access.denied import Denied
from access.identified import Person
from access.policy import parse_policy

IDS = [f"{number}{number}{number}{number}0000-0000-4000-8000-00000000000a" for number in range(6)]
EMAILS = [f"{name}@acme.example" for name in ("ana", "ben", "eve")]
GROUPS, PROXY = ("g1", "g2", "g3"), ("p1", "p2", "p3", "unmapped")
RIGHTS = ("view", "export", "mint_embed")

ids = st.lists(st.sampled_from(IDS), max_size=4, unique=True)
rights = st.sets(st.sampled_from(RIGHTS[1:])).map(lambda more: ["view", *sorted(more)])
group = st.one_of(
    st.fixed_dictionaries({"customers": ids}, optional={"can": rights}),
    st.fixed_dictionaries({"all_customers": st.just(True)}, optional={"can": rights}),
)


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    groups = draw(st.dictionaries(st.sampled_from(GROUPS), group))
    some = st.lists(st.sampled_from(sorted(groups)), unique=True) if groups else st.just([])
    own = st.fixed_dictionaries({}, optional={"groups": some, "deny": ids}) | st.fixed_dictionaries(
        {"customers": ids}, optional={"groups": some, "deny": ids, "can": rights}
    )
    told = st.dictionaries(st.sampled_from(PROXY[:3]), st.sampled_from(sorted(groups))) if groups else st.just({})
    users = draw(st.dictionaries(st.sampled_from(EMAILS), own))
    return {"version": 1, "groups": groups, "users": users, "proxy_groups": draw(told)}


def reference(policy: dict[str, Any], email: str, told: set[str]) -> tuple[dict[str, bool], set[str]] | None:
    """By account whether it is open, and what may be done; None for nobody's."""
    user = policy["users"].get(email, {})
    names = {
        *user.get("groups", []),
        *(policy["proxy_groups"][name] for name in told if name in policy["proxy_groups"]),
    }
    grants = [policy["groups"][name] for name in names]
    if "customers" in user:
        grants.append({"customers": user["customers"], "can": user.get("can", ["view"])})
    opened = {
        one: any(grant.get("all_customers") or one in grant.get("customers", []) for grant in grants)
        and one not in user.get("deny", [])
        for one in IDS
    }
    everything = any(grant.get("all_customers") for grant in grants)
    if not everything and not any(opened.values()):
        return None
    return opened, {right for grant in grants for right in grant.get("can", ["view"])}


def decided(policy: dict[str, Any], email: str, told: set[str]) -> tuple[dict[str, bool], set[str]] | None:
    parsed = parse_policy(json.dumps(policy).encode(), "policy.json")
    try:
        scope = parsed.scope(Person(email=email, groups=frozenset(told)))
    except Denied:
        return None
    assert scope.subject == email
    return {one: scope.covers(one) for one in IDS}, set(scope.rights)


@settings(max_examples=2000)
@given(policies(), st.sampled_from(EMAILS), st.sets(st.sampled_from(PROXY)))
def test_s07_every_decision_is_the_references(policy: dict[str, Any], email: str, told: set[str]) -> None:
    assert decided(policy, email, told) == reference(policy, email, told)


@settings(max_examples=300)
@given(policies(), st.sampled_from(EMAILS), st.sets(st.sampled_from(PROXY)), st.sampled_from(IDS))
def test_s07_a_denial_beats_whatever_allows(policy: dict[str, Any], email: str, told: set[str], denied: str) -> None:
    user = policy["users"].setdefault(email, {})
    user["deny"] = sorted({*user.get("deny", []), denied.upper()})
    parsed = parse_policy(json.dumps(policy).encode(), "policy.json")
    try:
        scope = parsed.scope(Person(email=email, groups=frozenset(told)))
    except Denied:
        return
    assert not scope.covers(denied)
    assert not scope.covers(denied.upper())
