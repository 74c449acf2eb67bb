"""Numbers, money, ratios, durations, periods, dates and schedules in Chinese and English sentences."""

from knowledge_graph.language.recognisers.found import (
    AmountFound,
    DateFound,
    DurationFound,
    Found,
    FoundValue,
    HeldFound,
    NumberFound,
    OrdinalFound,
    RangeFound,
    RatioFound,
    ScheduleFound,
    VagueFound,
    WindowFound,
)
from knowledge_graph.language.recognisers.recognise import recognise

__all__ = [
    "AmountFound",
    "DateFound",
    "DurationFound",
    "Found",
    "FoundValue",
    "HeldFound",
    "NumberFound",
    "OrdinalFound",
    "RangeFound",
    "RatioFound",
    "ScheduleFound",
    "VagueFound",
    "WindowFound",
    "recognise",
]
