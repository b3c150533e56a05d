"""Closed models: the stages from detect to select run here, and only crops leave the device."""

from pinpoint_edge.document.endpoint.ask import EndpointAnswer, ask_endpoint, prepare
from pinpoint_edge.document.endpoint.chat import Endpoint, Usage
from pinpoint_edge.document.endpoint.crops import Crop

__all__ = ["Crop", "Endpoint", "EndpointAnswer", "Usage", "ask_endpoint", "prepare"]
