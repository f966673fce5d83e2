"""Files and tokens say one thing, or are refused."""

from __future__ import annotations

import pytest

from access.strict import Wrong, document, record, strict_json, strict_yaml, texts


@pytest.mark.parametrize(
    "raw",
    [b'{"a": 1, "a": 2}', b'{"b": {"a": 1, "a": 1}}', b'[{"a": 1, "a": 1}]', b"{", b"", b"NaN", b'{"a": Infinity}',
     b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_json_with_a_name_twice_or_none_at_all_is_refused(raw: bytes) -> None:
    with pytest.raises(Wrong):
        strict_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"a: 1\na: 2",
        b"b:\n  a: 1\n  a: 1",
        b"- {a: 1, a: 1}",
        b"a: &x [1]\nb: *x",
        b"a: &x {c: 1}\nb:\n  <<: *x",
        b"<<: {a: 1}",
        b"{a: 1, ? [b] : 2}",
        b"a: !!python/object:os.system x",
        b"a: [1",
        b"a: 1\n---\nb: 2",
        b"\x00",
        b"[" * 20_000,
    ],
)
def test_yaml_that_means_more_than_it_says_is_refused(raw: bytes) -> None:
    with pytest.raises(Wrong):
        strict_yaml(raw)


def test_the_same_document_in_both_forms() -> None:
    wanted = {"version": 1, "users": {"ana@acme.example": {"groups": ["cs"]}}}
    assert document(b'{"version": 1, "users": {"ana@acme.example": {"groups": ["cs"]}}}', "policy.json") == wanted
    assert document(b"version: 1\nusers:\n  ana@acme.example: {groups: [cs]}\n", "policy.yaml") == wanted


def test_records_have_what_they_need_and_nothing_that_is_not_known() -> None:
    assert record({"a": 1, "b": 2}, "it", needs=("a",), may=("b",)) == {"a": 1, "b": 2}
    for value in ({}, {"b": 2}, {"a": 1, "MARK": 2}, [], None, {1: 2}):
        with pytest.raises(Wrong) as caught:
            record(value, "it", needs=("a",), may=("b",))
        assert "MARK" not in str(caught.value)
    with pytest.raises(Wrong):
        texts(["a", 1], "it")
