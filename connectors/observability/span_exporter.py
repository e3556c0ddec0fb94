"""The exporter of spans: OpenTelemetry's own, with one log line when the collector goes away."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

logger = logging.getLogger(__name__)
# They say the same with each batch.
_REPETITIVE = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk.trace.export",
    "opentelemetry.sdk._shared_internal",
)


class CollectorExporter(SpanExporter):
    """Send spans to a collector.

    Headers, certificates, compression and timeout are OpenTelemetry's settings, see
    https://opentelemetry.io/docs/specs/otel/protocol/exporter/.

    Args:
        endpoint: where they are posted to, ``/v1/traces`` included.
    """

    def __init__(self, endpoint: str) -> None:
        self._exporter = OTLPSpanExporter(endpoint=endpoint)
        self._is_well = True
        for name in _REPETITIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; those that the collector does not take are dropped."""
        try:
            result = self._exporter.export(spans)
        except OSError as error:  # those of requests are such
            result = SpanExportResult.FAILURE
            reason = type(error).__name__
        else:
            reason = "it refused them or did not answer"
        is_well = result is SpanExportResult.SUCCESS
        if self._is_well and not is_well:
            logger.warning("the collector takes no traces now (%s); they are dropped", reason)
        elif is_well and not self._is_well:
            logger.info("the collector takes traces again")
        self._is_well = is_well
        return result

    def shutdown(self) -> None:
        """Close the connections."""
        self._exporter.shutdown()
