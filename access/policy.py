"""The policy file: which person and which group of the proxy sees which accounts (reliability-security design, 4.3).

Deny beats allow. There are no patterns; every account is ``all_customers: true`` and nothing else. Rights belong to the
person: whoever may export may export every account that they see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.denied import Denied, Reason
from access.headers import MAX_GROUP, is_email
from access.identified import Person
from access.strict import Wrong, document, named, record, texts
from data.query_values import is_id
from data.scope import ALL, Customers, Kind, Right, Scope

NO_ACCOUNTS = "No accounts are assigned to you. Ask whoever runs this app to add you to its policy."


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a group, or a person's own line, opens."""

    customers: Customers = frozenset()
    rights: frozenset[Right] = frozenset({Right.VIEW})


@dataclass(frozen=True, kw_only=True)
class User:
    """A person's line: groups by name, own accounts, and accounts that stay closed whatever else is said."""

    groups: tuple[str, ...] = ()
    own: Grant | None = None
    deny: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """``proxy_groups``: from names that the proxy may tell to those of ``groups``; any other is nobody's."""

    groups: Mapping[str, Grant] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    proxy_groups: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def scope(self, person: Person) -> Scope:
        """What ``person`` may see; raises ``Denied`` where that is nothing."""
        user = self.users.get(person.email, User())
        told = [self.proxy_groups[name] for name in person.groups if name in self.proxy_groups]
        grants = [self.groups[name] for name in {*user.groups, *told}] + ([user.own] if user.own else [])
        customers = _together(grant.customers for grant in grants)
        if customers is not ALL and not customers - user.deny:
            raise Denied(Reason.NO_ACCOUNTS, NO_ACCOUNTS, subject=person.email)
        rights = frozenset[Right]().union(*(grant.rights for grant in grants))
        return Scope(
            kind=Kind.PROXY,
            subject=person.email,
            customers=customers,
            denied=user.deny,
            rights=rights,
            version=self.version,
        )


def _together(several: Iterable[Customers]) -> Customers:
    found: set[str] = set()
    for one in several:
        if one is ALL:
            return ALL
        found |= one
    return frozenset(found)


def parse_policy(raw: bytes, name: str = "") -> Policy:
    """The policy that the file called ``name`` holds; raises ``Wrong``, which names the place and not what is there."""
    top = record(document(raw, name), "the file", needs=("version",), may=("groups", "users", "proxy_groups"))
    if type(top["version"]) is not int or top["version"] != 1:
        raise Wrong("version should be 1")
    groups = _entries(top, "groups", _group)
    users = _entries(top, "users", lambda value, where: _user(value, where, groups))
    _check_emails(users)
    told = _entries(top, "proxy_groups", lambda value, where: _known(value, where, groups))
    if any(len(key) > MAX_GROUP for key in told):
        raise Wrong(f"proxy_groups has a name of more than {MAX_GROUP} characters")
    return Policy(
        groups=groups,
        users={key.lower(): user for key, user in users.items()},
        proxy_groups=told,
        version=hashlib.sha256(raw).hexdigest()[:12],
    )


def _entries(top: Mapping[str, Any], name: str, read: Any) -> dict[str, Any]:
    """One part of the file, entry by entry; an entry is told by its number, as its name may be a person's."""
    if name not in top:
        return {}
    entries = named(top[name], name)
    return {key: read(value, f"{name}, entry {number},") for number, (key, value) in enumerate(entries.items(), 1)}


def _group(value: object, where: str) -> Grant:
    given = record(value, where, may=("customers", "all_customers", "can"))
    if ("customers" in given) == ("all_customers" in given):
        raise Wrong(f"{where} should have either customers or all_customers")
    if "all_customers" in given and given["all_customers"] is not True:
        raise Wrong(f"{where} all_customers can only be true; leave it out otherwise")
    customers = ALL if "all_customers" in given else _ids(given["customers"], where)
    return Grant(customers=customers, rights=_rights(given, where))


def _user(value: object, where: str, groups: Mapping[str, Grant]) -> User:
    given = record(value, where, may=("groups", "customers", "can", "deny"))
    if "can" in given and "customers" not in given:
        raise Wrong(f"{where} has can without customers of its own")
    own = (
        Grant(customers=_ids(given["customers"], where), rights=_rights(given, where)) if "customers" in given else None
    )
    return User(
        groups=tuple(_known(name, where, groups) for name in texts(given.get("groups", []), f"{where} groups")),
        own=own,
        deny=_ids(given.get("deny", []), where),
    )


def _ids(value: object, where: str) -> frozenset[str]:
    """Ids in small letters, as the API writes them."""
    found = texts(value, f"{where} its accounts")
    if not all(map(is_id, found)):
        raise Wrong(f"{where} names an account that is not written like a Metronome id")
    return frozenset(one.lower() for one in found)


def _rights(given: Mapping[str, Any], where: str) -> frozenset[Right]:
    words = texts(given.get("can", [Right.VIEW]), f"{where} can")
    if not set(words) <= set(Right) or Right.VIEW not in words:
        raise Wrong(f"{where} can should be some of {', '.join(Right)}, view among them")
    return frozenset(map(Right, words))


def _known(name: object, where: str, groups: Mapping[str, Grant]) -> str:
    if not isinstance(name, str) or name not in groups:
        raise Wrong(f"{where} names a group that is not under groups")
    return name


def _check_emails(users: Mapping[str, User]) -> None:
    if not all(map(is_email, users)):
        raise Wrong("users has a name that is no e-mail address")
    if len({key.lower() for key in users}) < len(users):
        raise Wrong("users has one address twice, in small and large letters")
