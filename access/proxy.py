"""Behind a proxy: who it is, and what the policy says about them, both anew for every request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.identified import Identifier
from access.policy import Policy
from access.watched import Watched
from data.scope import Scope


@dataclass(frozen=True, kw_only=True)
class ProxyGate:
    identifier: Identifier
    policy: Watched[Policy]

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        """Who it is comes first: nobody learns anything about the policy without being somebody."""
        person = self.identifier.identify(environ)
        return self.policy.current().scope(person)
