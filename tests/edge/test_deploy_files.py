"""What is shipped under ``deploy/`` held against the code: settings that exist, headers that are known, rooms that are
there. No image is built here: that takes a container runtime."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from access import headers
from access.embed.keys import parse_ring
from access.policy import parse_policy
from data.settings import VARIABLES, Settings
from tests.edge.shipped import INCLUDE, ROOT, SAMPLE, locations
from tests.unit.test_house_rules import ROOMS

DEPLOY = ROOT / "deploy"
OUTSIDE_THE_IMAGE = {"sandbox"}


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def unit() -> dict[str, dict[str, list[str]]]:
    """The systemd unit: by section and name, all values in order."""

    class Values(dict[str, Any]):
        def __setitem__(self, name: str, value: Any) -> None:
            super().__setitem__(name, [*self.get(name, []), *value] if isinstance(value, list) else value)

    parser = configparser.RawConfigParser(dict_type=Values, strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "burnboard.service")
    return {name: {key: value.split("\n") for key, value in parser.items(name)} for name in parser.sections()}


def environment_of_unit() -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit()["Service"]["Environment"])


def environments_of_compose() -> dict[str, dict[str, str]]:
    return {name: one["environment"] for name, one in compose()["services"].items() if "environment" in one}


@pytest.mark.parametrize("name", ["app-1", "app-2", "unit"])
def test_every_setting_that_is_named_exists_and_can_be_read(name: str) -> None:
    given = environment_of_unit() if name == "unit" else environments_of_compose()[name]
    named = {one for one in given if one.startswith(("BURNBOARD_", "METRONOME_"))}
    assert named - set(VARIABLES) == set()
    assert len(named) > 10
    settings = Settings.from_env(given)
    assert settings.auth == "proxy+embed"
    assert settings.path_prefix == "/billing/"
    assert settings.policy_file
    assert settings.embed_keys_file
    assert settings.session_key_file


def test_the_two_replicas_differ_in_their_socket_alone_and_nginx_knows_both() -> None:
    one, two = environments_of_compose().values()
    sockets = {one.pop("BURNBOARD_SOCKET"), two.pop("BURNBOARD_SOCKET")}
    assert one == two
    assert sockets == set(re.findall(r"server unix:(\S+)", SAMPLE.read_text()))
    assert environment_of_unit()["BURNBOARD_SOCKET"] in sockets


def test_what_compose_runs_has_a_read_only_root_no_rights_and_no_secret_written_out() -> None:
    services = compose()["services"]
    assert set(services) == {"app-1", "app-2", "nginx", "oauth2-proxy", "redis"}
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["image"].rpartition(":")[2] not in {"", "latest"}, name
        assert "/" not in service["image"], name
        assert service.get("user", "10001:33") != "root", name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    assert all("file" in secret for secret in compose()["secrets"].values())
    text = (DEPLOY / "compose.yaml").read_text()
    assert not re.search(r"(?i)(token|password|secret)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{16,}", text)


def test_both_replicas_wait_for_redis_and_nginx_for_both() -> None:
    services = compose()["services"]
    assert "healthcheck" in services["redis"]
    assert "redis" in services["app-1"]["depends_on"]
    assert set(services["nginx"]["depends_on"]) == {"app-1", "app-2"}
    assert services["nginx"]["volumes"][0] == services["app-1"]["volumes"][0] == "sockets:/run/burnboard"


def stages() -> list[str]:
    return re.split(r"(?m)^FROM ", (DEPLOY / "Containerfile").read_text())[1:]


def test_the_image_is_the_app_and_nothing_else() -> None:
    last = stages()[-1]
    copied = set(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", last))
    rooms = {name for name in ROOMS if name not in OUTSIDE_THE_IMAGE}
    assets = {path.name for path in ROOT.glob("assets*") if path.is_dir()}
    programs = {path.name for path in ROOT.glob("*.py")}
    assert set(" ".join(copied).split()) == {*rooms, *assets, *programs, "LICENSE", "deploy/healthcheck.py"}
    assert not re.search(r"\b(apt|apt-get|pip|gcc|make)\b", re.sub(r"(?m)^#.*", "", last))


def test_the_builder_is_handed_what_it_copies_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    named = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text())
    assert {line[1:] for line in lines if line.startswith("!")} == set(" ".join(named).split())


def test_the_image_runs_as_nobody_in_particular_and_its_bases_are_fixed_short_names() -> None:
    assert [stage.split()[0] for stage in stages()] == ["python:3.11-slim"] * 2
    user = re.search(r"(?m)^USER (\d+):(\d+)$", stages()[-1])
    assert user is not None
    assert int(user[1]) > 0
    assert compose()["services"]["app-1"]["user"] == f"{user[1]}:{user[2]}"
    assert "HEALTHCHECK" in stages()[-1]


def test_the_unit_reloads_by_hanging_up_and_gives_up_what_it_does_not_need() -> None:
    service = unit()["Service"]
    assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert service["ExecStart"] == ["/opt/burnboard/.venv/bin/python app.py"]
    assert service["User"] != ["root"]
    assert service["NoNewPrivileges"] == service["PrivateTmp"] == service["RestrictNamespaces"] == ["yes"]
    assert service["ProtectSystem"] == ["strict"]
    assert service["CapabilityBoundingSet"] == [""]


def test_every_location_that_reaches_the_app_has_the_include_and_sets_no_header_beside_it() -> None:
    found = locations()
    assert len(found) == SAMPLE.read_text().count("location ") == 12
    reaching = [(address, body) for address, body in found if "http://burnboard;" in body]
    assert len(reaching) == 6
    for address, body in reaching:
        assert "include /etc/burnboard/burnboard_proxy.inc;" in body, address
        assert "proxy_set_header" not in body, address
    for address, body in found:
        assert ("burnboard_proxy.inc" in body) == ("http://burnboard;" in body), address


def test_only_the_pages_and_their_files_have_a_login_and_only_embeds_and_minting_pass_a_bearer() -> None:
    login = {address for address, body in locations() if "auth_request /oauth2/auth;" in body}
    bearer = {address for address, body in locations() if "set $burnboard_bearer $http_authorization;" in body}
    assert len(login) == 2
    assert all("embed" not in address for address in login)
    assert bearer == {"^~ /billing/embed/", "= /billing/v1/dashboards/getEmbeddableUrl"}


def test_every_location_without_a_login_has_a_limit_for_each_address() -> None:
    """Requests of strangers leave a line in the audit log each (reliability-security design, S38)."""
    reaching = [(address, body) for address, body in locations() if "http://burnboard;" in body]
    for address, body in reaching:
        assert ("limit_req zone=strangers" in body) is ("auth_request" not in body), address
    assert "limit_req_zone $binary_remote_addr zone=strangers:" in SAMPLE.read_text()


def test_nginx_is_given_the_two_files_that_it_includes_and_no_key() -> None:
    services = compose()["services"]
    of_app = {line.split(":")[0] for line in services["app-1"]["volumes"]}
    of_nginx = {line.split(":")[0] for line in services["nginx"]["volumes"]}
    assert of_app & of_nginx == {"sockets"}
    assert {"./etc"} <= of_app
    assert {"./nginx", "./nginx.conf"} <= of_nginx
    included = set(re.findall(r"include /etc/burnboard/(\S+);", SAMPLE.read_text() + INCLUDE.read_text()))
    told = re.search(r"#   nginx/ (.+?)\n#   secrets/", (DEPLOY / "compose.yaml").read_text(), re.S)
    assert told is not None
    assert set(re.findall(r"\w+\.inc", told[1])) == included
    assert unit()["Service"]["SupplementaryGroups"] == ["burnboard"]


def test_a_clients_word_about_traces_ends_at_the_include() -> None:
    assert {'proxy_set_header traceparent "";', 'proxy_set_header tracestate "";'} <= set(
        INCLUDE.read_text().splitlines()
    )


@pytest.mark.parametrize("header", [*headers.IDENTITY_HEADERS, *headers.FORWARDING_HEADERS])
def test_the_include_overwrites_every_header_that_the_app_knows(header: str) -> None:
    written = {name.lower() for name in re.findall(r"(?m)^proxy_set_header (\S+) ", INCLUDE.read_text())}
    secret = {headers.SECRET_HEADER.lower()}  # in the file that the include includes
    assert header.lower() in written | secret
    assert "include /etc/burnboard/proxy_secret.inc;" in INCLUDE.read_text()


def test_the_include_names_no_header_twice() -> None:
    written = [name.lower() for name in re.findall(r"(?m)^proxy_set_header (\S+) ", INCLUDE.read_text())]
    assert len(written) == len(set(written))


def test_the_sample_policy_is_one() -> None:
    policy = parse_policy((DEPLOY / "policy.sample.yaml").read_bytes(), "policy.sample.yaml")
    assert set(policy.users) == {"ana@acme.example", "kim@acme.example"}


def test_the_sample_key_ring_is_one_and_holds_no_key(tmp_path: Path) -> None:
    raw = (DEPLOY / "embed-keys.sample.yaml").read_bytes()
    (tmp_path / "portal-2026-11.secret").write_text("0123456789abcdef" * 4)
    public = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "partner-2026-11.pub.pem").write_bytes(
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    assert set(parse_ring(raw, tmp_path / "embed_keys.yaml").keys) == {"portal-2026-11", "partner-2026-11"}
    assert not re.search(rb"[A-Za-z0-9+/]{40,}", raw)
