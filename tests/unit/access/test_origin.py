"""What another site's page sent is told apart from what a page of this app did."""

from __future__ import annotations

import pytest

from access.denied import Denied, Reason
from access.origin import check_origin
from tests.rows.identities import environ_of

PUBLIC = "https://billing.example/app/"


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "https://billing.example"}, True),
        ({"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin", "Cookie": "a=b"}, True),
        ({"Cookie": "a=b"}, False),
        ({"Sec_Fetch_Site": "cross-site"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "none"}, False),
        ({"Origin": "http://localhost", "Sec_Fetch_Site": "cross-site"}, False),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://localhost:3000"}, False),
        ({"Origin": "http://billing.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://localhost@evil.example"}, False),
        ({"Origin": "https://localhost.evil.example"}, False),
        ({"Origin": "file://localhost"}, False),
        ({"Origin": "http://[::1"}, False),
    ],
)
def test_a_post_comes_from_a_page_of_this_app(headers: dict[str, str], passes: bool) -> None:
    environ = environ_of(method="POST", **headers)
    if passes:
        check_origin(environ, PUBLIC)
        return
    with pytest.raises(Denied) as caught:
        check_origin(environ, PUBLIC)
    assert (caught.value.reason, caught.value.status) == (Reason.CROSS_SITE, 403)


def test_reading_is_not_asked_where_it_comes_from() -> None:
    check_origin(environ_of(Origin="https://evil.example", Sec_Fetch_Site="cross-site", Cookie="a=b"))
