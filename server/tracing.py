"""Traces, for those who set ``BURNBOARD_TRACES_URL`` and installed the ``traces`` extra: one span per request and one
per attempt upstream, joined to the trace that the request came with. What is collected leaves in the background; a
place that does not take it costs nobody anything (R33).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from data.events import Field, Span, trace_with
from data.settings import BadSetting, Settings
from server.told import TRACE_ID

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

EXPORT_SECONDS = 5
NEEDED = (
    "BURNBOARD_TRACES_URL needs the traces extra: install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http."
)


def check_tracing(settings: Settings) -> None:
    """Raise ``BadSetting`` when traces are asked for and cannot be had."""
    if settings.traces_url is not None:
        _exporter_to(settings.traces_url)


def open_tracing(settings: Settings) -> None:
    """Trace this process from now on, if the settings ask for it; raises ``BadSetting``."""
    if settings.traces_url is not None:
        trace_with(Tracing(_exporter_to(settings.traces_url)).span)
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would tell of every batch that is not taken


def _exporter_to(url: str) -> SpanExporter:
    try:
        import opentelemetry.sdk.trace  # noqa: F401, PLC0415  # an extra: only for those who trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    except ImportError:
        raise BadSetting(NEEDED) from None
    return OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)


class Tracing:
    """One provider of its own, so that nothing else in the process is traced by accident."""

    def __init__(self, exporter: SpanExporter, *, at_once: bool = False) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        provider = TracerProvider(resource=Resource.create({"service.name": "burnboard"}), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter))
        self._provider, self._tracer = provider, provider.get_tracer("burnboard")
        self._format = TraceContextTextMapPropagator()

    def span(self, what: str, fields: Mapping[str, Field]) -> AbstractContextManager[Span]:
        """A span named ``what``. A field ``traceparent`` is the trace that it goes on from, the others describe it."""
        return self._span(what, dict(fields))

    def close(self) -> None:
        """Hand over what is left, if it is taken, and collect no more."""
        self._provider.shutdown()

    @contextmanager
    def _span(self, what: str, fields: dict[str, Field]) -> Iterator[Span]:
        came_with = fields.pop("traceparent", None)
        context = self._format.extract({"traceparent": str(came_with)}) if came_with else None
        told = {name: value for name, value in fields.items() if value is not None}
        with self._tracer.start_as_current_span(what, context=context, attributes=told) as span:
            headers: dict[str, str] = {}
            self._format.inject(headers)
            TRACE_ID.set(f"{span.get_span_context().trace_id:032x}")
            yield _Told(span, headers)


class _Told:
    def __init__(self, span: Any, headers: Mapping[str, str]) -> None:
        self._span, self.headers = span, headers

    def tell(self, **fields: Field) -> None:
        for name, value in fields.items():
            if value is not None:
                self._span.set_attribute(name, value)
