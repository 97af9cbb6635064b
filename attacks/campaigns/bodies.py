"""Bodies and headers that say nothing: of gateways, of other servers, of wrong types.

Owns: these as data. Refuses any that would be a provider's own word.
"""

from __future__ import annotations

from typing import Final

RETRY_AFTER: Final = (
    *("0", "0.001", "-1", "1e-3", "nan", "inf", "1e999", "", "soon", "٣", "9" * 400, "0x10"),
    *("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 99 Foo", "1, 2"),
)
GATEWAYS_404: Final[tuple[object, ...]] = (
    {"error": {"message": "Invalid URL (GET /v1)", "type": "invalid_request_error", "code": None}},
    {"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}},
    {"error": {"code": "404", "message": "Resource not found"}},
    {"error": {"code": "not_found", "message": "no"}},
    {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404, "message": "none"},
    {"error": {"code": "InvalidAction.NotFound", "message": "no"}},
    {"error": {"code": "InvalidEndpointOrModel.NotFound", "message": "no"}},
    {"code": 404, "msg": "not found"},
    {"code": 0, "message": "page not found"},
    {"message": "no Route matched with those values"},
    {"detail": "Not Found"},
    {"code": 1000, "msg": "success"},
    "404 page not found",
    None,
    [],
)
NO_TASK: Final[tuple[object, ...]] = (
    *(None, [], "ok", 7, {}, {"id": 5, "status": ["queued"]}, {"status": "queued"}, {"data": []}),
    *({"code": 1000, "data": {}}, {"code": 1000, "data": {"task_status": 3}}, {"code": "1000"}),
    *({"error": "no"}, {"error": {"code": "InternalServiceError", "message": "no"}}),
    *({"id": "another", "status": "queued"}, {"code": 1000, "data": {"taskid": 1}}),
)
"""Answers to a look with HTTP 200 that don't say what they should."""
NO_YES: Final[tuple[object, ...]] = (
    *(None, [], "ok", 7, {"deleted": True}, {"Result": {"Deleted": 1}}, {"message": "ok"}),
    *({"error": {"code": "InternalServiceError", "message": "no"}}, {"code": 1000, "data": {}}),
    *({"code": 1000, "msg": "success", "data": {"status": "Pending"}}, {"code": "1000"}),
)
"""The same for a deletion."""
PAGE: Final = "<html><body>It works!</body></html>"
