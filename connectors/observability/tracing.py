"""OpenTelemetry traces of both processes: one a message, sent to a collector over OTLP/HTTP.

Off while ``SATHI_OTLP_ENDPOINT`` is empty: nothing of OpenTelemetry is imported here then. Spans
carry the names of steps, a channel and a language, no text and nobody's id. The provider is not
made the global one: rasa-sdk would write spans of its own to that, with ids of conversations.

https://opentelemetry-python.readthedocs.io/en/stable/sdk/trace.html
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanKind, Tracer

SETTING = "SATHI_OTLP_ENDPOINT"
_HEADER = "traceparent"
_PATH = "/v1/traces"
_STOP_SECONDS = 5.0


class TracingSettingError(ValueError):
    """``SATHI_OTLP_ENDPOINT`` is no address."""


class _Tracing:
    """What is on in this process."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


def start_tracing(process: str) -> None:
    """Send traces from now on, if ``SATHI_OTLP_ENDPOINT`` says where; the sending is a thread's.

    Args:
        process: name of the process; the service is called ``sathi-`` and that.

    Raises:
        TracingSettingError: the setting is no address.
    """
    endpoint = os.environ.get(SETTING)
    if not endpoint or _Tracing.provider is not None:
        return
    if urlsplit(endpoint).scheme not in ("http", "https") or not urlsplit(endpoint).netloc:
        raise TracingSettingError(f"{SETTING} must be an address like http://127.0.0.1:4318")
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from connectors.observability.span_exporter import CollectorExporter

    exporter = CollectorExporter(endpoint.rstrip("/") + _PATH)
    resource = Resource.create({"service.name": f"sathi-{process}"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _Tracing.provider, _Tracing.tracer = provider, provider.get_tracer("sathi")


async def stop_tracing() -> None:
    """Send what waits and end; a collector that does not answer is not waited for long."""
    provider, _Tracing.provider, _Tracing.tracer = _Tracing.provider, None, None
    if provider is not None:
        # A thread that does not keep the process from ending.
        stopping = threading.Thread(target=provider.shutdown, daemon=True)
        stopping.start()
        await asyncio.to_thread(stopping.join, _STOP_SECONDS)


def is_traced() -> bool:
    """Tell whether the running step belongs to a trace."""
    if _Tracing.tracer is None:
        return False
    from opentelemetry.trace import get_current_span

    return get_current_span().get_span_context().is_valid


@contextmanager
def trace(name: str, **attributes: str) -> Iterator[None]:
    """Record the block as a trace of its own.

    Args:
        name: of its first span, from a list that does not grow.
        attributes: what it says besides; no texts and no ids of persons.
    """
    if _Tracing.tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    with _span(_Tracing.tracer, name, SpanKind.SERVER, attributes):
        yield


@contextmanager
def step(name: str, **attributes: str) -> Iterator[None]:
    """Record the block as a step of the running trace; outside of one nothing is recorded.

    Args:
        name: of the span, from a list that does not grow.
        attributes: what it says besides; no texts and no ids of persons.
    """
    if _Tracing.tracer is None or not is_traced():
        yield
        return
    from opentelemetry.trace import SpanKind, get_current_span

    # What the other process has called is this one's service.
    is_call = get_current_span().get_span_context().is_remote
    kind = SpanKind.SERVER if is_call else SpanKind.INTERNAL
    with _span(_Tracing.tracer, name, kind, attributes):
        yield


@contextmanager
def call(name: str, **attributes: str) -> Iterator[None]:
    """Record the block as a call of the other process, which ``headers`` hand the trace on to.

    Args:
        name: of the span, from a list that does not grow.
        attributes: what it says besides; no texts and no ids of persons.
    """
    if _Tracing.tracer is None or not is_traced():
        yield
        return
    from opentelemetry.trace import SpanKind

    with _span(_Tracing.tracer, name, SpanKind.CLIENT, attributes):
        yield


def headers() -> dict[str, str]:
    """Return the headers that hand the running trace on to the other process."""
    carrier: dict[str, str] = {}
    if _Tracing.tracer is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        TraceContextTextMapPropagator().inject(carrier)
    return carrier


def note(**attributes: str) -> None:
    """Add to what the running span says.

    Args:
        attributes: no texts and no ids of persons.
    """
    if _Tracing.tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(_named(attributes))


def join(given: Mapping[str, str]) -> None:
    """Let the rest of the running task belong to the trace of a call, or to none.

    Args:
        given: the headers of the call.
    """
    if _Tracing.tracer is None:
        return
    from opentelemetry.context import Context, attach
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {_HEADER: given.get(_HEADER) or ""}
    attach(TraceContextTextMapPropagator().extract(carrier, Context()))


@contextmanager
def _span(
    tracer: Tracer, name: str, kind: SpanKind, attributes: Mapping[str, str]
) -> Iterator[None]:
    from opentelemetry.trace import StatusCode

    # Messages of exceptions could quote what somebody wrote; their names do not.
    with tracer.start_as_current_span(
        name,
        kind=kind,
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(StatusCode.ERROR)
            raise


def _named(attributes: Mapping[str, str]) -> dict[str, str]:
    return {f"sathi.{name}": value for name, value in attributes.items() if value}
