from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.info_by_task_id_request import InfoByTaskIdRequest
from ...models.info_by_task_id_response import InfoByTaskIdResponse
from ...types import Response


def _get_kwargs(
    *,
    body: InfoByTaskIdRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/video/infobytaskid",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | InfoByTaskIdResponse:
    if response.status_code == 200:
        response_200 = InfoByTaskIdResponse.from_dict(response.json())

        return response_200

    response_default = ErrorResponse.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | InfoByTaskIdResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: InfoByTaskIdRequest,
) -> Response[ErrorResponse | InfoByTaskIdResponse]:
    """Look at one task

     Reads one task. Changes nothing.

    Args:
        body (InfoByTaskIdRequest): Which task to look at.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | InfoByTaskIdResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: InfoByTaskIdRequest,
) -> ErrorResponse | InfoByTaskIdResponse | None:
    """Look at one task

     Reads one task. Changes nothing.

    Args:
        body (InfoByTaskIdRequest): Which task to look at.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | InfoByTaskIdResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: InfoByTaskIdRequest,
) -> Response[ErrorResponse | InfoByTaskIdResponse]:
    """Look at one task

     Reads one task. Changes nothing.

    Args:
        body (InfoByTaskIdRequest): Which task to look at.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorResponse | InfoByTaskIdResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: InfoByTaskIdRequest,
) -> ErrorResponse | InfoByTaskIdResponse | None:
    """Look at one task

     Reads one task. Changes nothing.

    Args:
        body (InfoByTaskIdRequest): Which task to look at.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorResponse | InfoByTaskIdResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
