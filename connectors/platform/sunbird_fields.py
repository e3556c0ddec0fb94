"""Base and field types of the models of Sunbird's answers.

Times come as Unix milliseconds (a number or a string of digits), as ISO 8601, with a doubled
``Z``, or with a colon before the milliseconds (``2020-07-08 07:01:36:100+0000``).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from connectors.platform.records import Status

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COLON_BEFORE_FRACTION = re.compile(r"(\d{2}:\d{2}:\d{2}):(\d+)")
_MILLISECONDS = re.compile(r"\d{12,14}")


def parse_moment(value: Any) -> datetime:
    """Return a time in any of the platform's formats; one without a zone is in UTC.

    Args:
        value: what the answer holds.

    Raises:
        ValueError: it is no time.
    """
    if isinstance(value, str) and _MILLISECONDS.fullmatch(value):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (OverflowError, OSError) as error:
            raise ValueError("time out of range") from error
    # Pydantic takes no TypeError for a bad value.
    if not isinstance(value, str):
        raise ValueError("not a time")  # noqa: TRY004
    text = _COLON_BEFORE_FRACTION.sub(r"\1.\2", value.strip())
    moment = datetime.fromisoformat(text.removesuffix("Z") if text.endswith("ZZ") else text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_day(value: Any) -> date:
    """Return the day, in India, of a time in any of the platform's formats.

    Args:
        value: what the answer holds.

    Raises:
        ValueError: it is no time.
    """
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return parse_moment(value).astimezone(INDIA).date()


def _seconds(value: Any) -> Any:
    # A duration is a string of digits, or empty for what has none.
    return 0 if value == "" else value


def _status(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


Moment = Annotated[datetime, BeforeValidator(parse_moment)]
Day = Annotated[date, BeforeValidator(parse_day)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
State = Annotated[Status, BeforeValidator(_status)]


class SunbirdModel(BaseModel):
    """Base of all answers: camelCase names, unknown fields ignored, null means missing."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="ignore",
        coerce_numbers_to_str=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        frozen=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data
