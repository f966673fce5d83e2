"""The policy file: what it may say, and what comes of it. Random ones are in row S7."""

from __future__ import annotations

import pytest

from access.denied import Denied, Reason
from access.identified import Person
from access.policy import Policy, parse_policy
from access.strict import Wrong
from data.scope import ALL, Kind, Right
from tests.rows.identities import ANA, BEN, A, B, C

POLICY = f"""
version: 1
groups:
  cs-emea: {{customers: ["{A}", "{B.upper()}"], can: [view, export]}}
  cs-leads: {{all_customers: true, can: [view, export, mint_embed]}}
users:
  Ana@acme.example: {{groups: [cs-emea], customers: ["{C}"], deny: ["{B}"]}}
  {BEN}: {{deny: ["{B.upper()}"]}}
proxy_groups:
  "okta leads": cs-leads
"""


def policy(text: str = POLICY) -> Policy:
    return parse_policy(text.encode(), "policy.yaml")


def test_groups_own_accounts_and_denials_come_together() -> None:
    scope = policy().scope(Person(email=ANA))
    assert (scope.kind, scope.subject) == (Kind.PROXY, ANA)
    assert [scope.covers(one) for one in (A, B, C)] == [True, False, True]
    assert scope.rights == {Right.VIEW, Right.EXPORT}
    assert scope.version == policy().version != policy(POLICY + "#").version


def test_a_group_of_the_proxy_counts_where_it_is_mapped_and_a_denial_stays() -> None:
    scope = policy().scope(Person(email=BEN, groups=frozenset({"okta leads", "cs-emea", "admins"})))
    assert scope.customers is ALL
    assert scope.rights == set(Right)
    assert [scope.covers(one) for one in (A, B, B.upper())] == [True, False, False]


@pytest.mark.parametrize(
    "person",
    [Person(email="eve@acme.example"), Person(email=BEN), Person(email=BEN, groups=frozenset({"cs-leads", "*"}))],
)
def test_nothing_assigned_is_told_as_such(person: Person) -> None:
    with pytest.raises(Denied) as caught:
        policy().scope(person)
    assert (caught.value.reason, caught.value.status) == (Reason.NO_ACCOUNTS, 403)
    assert "No accounts are assigned" in caught.value.sentence


GROUP = "version: 1\ngroups: {{MARK_G: {}}}"
USER = "version: 1\nusers: {{MARK@acme.example: {}}}"
BAD = [
    "", "[]", "version: 2", "version: true", "version: '1'", "groups: {}", "version: 1\nMARK: 1",
    "version: 1\ngroups: []",
    "version: 1\nversion: 1", "version: 1\nusers: {a@x: {}, a@x: {}}", "version: 1\nusers: {a@x: {}, A@x: {}}",
    "version: 1\nusers: {MARK: {}}", "version: 1\nusers: {'*@acme.example,b@x': {}}", "version: 1\nusers: {1: {}}",
    "version: 1\nproxy_groups: {MARK: nowhere}", "version: 1\nproxy_groups: {MARK: 1}",
    GROUP.format("{}"), GROUP.format("null"), GROUP.format("{all_customers: false}"),
    GROUP.format("{all_customers: 'true'}"), GROUP.format("{all_customers: 1}"),
    GROUP.format("{all_customers: true, customers: []}"), GROUP.format("{customers: all}"),
    GROUP.format("{customers: ['*']}"), GROUP.format("{customers: [MARK_ID]}"), GROUP.format("{customers: [1]}"),
    GROUP.format("{customers: [], can: []}"), GROUP.format("{customers: [], can: [export]}"),
    GROUP.format("{customers: [], can: [view, MARK]}"), GROUP.format("{customers: [], can: view}"),
    GROUP.format("{customers: [], deny: []}"),
    USER.format("{groups: [nowhere]}"), USER.format("{deny: ['*']}"), USER.format("{all_customers: true}"),
    USER.format("{can: [view]}"), USER.format("[]"),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_what_a_policy_may_not_say(text: str) -> None:
    with pytest.raises(Wrong) as caught:
        policy(text)
    assert "MARK" not in str(caught.value)
