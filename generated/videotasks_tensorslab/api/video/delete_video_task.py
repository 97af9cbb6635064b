from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.delete_video_task_request import DeleteVideoTaskRequest
from ...models.delete_video_task_response import DeleteVideoTaskResponse
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    *,
    body: DeleteVideoTaskRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/video/deletevideotask",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> DeleteVideoTaskResponse | ErrorResponse:
    if response.status_code == 200:
        response_200 = DeleteVideoTaskResponse.from_dict(response.json())

        return response_200

    response_default = ErrorResponse.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[DeleteVideoTaskResponse | ErrorResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: DeleteVideoTaskRequest,
) -> Response[DeleteVideoTaskResponse | ErrorResponse]:
    """Delete a batch of tasks

     Deletes the tasks named. One status answers for the whole batch; there is no result for each id. Not
    described as cancelling. What it does to a task that is unknown, unfinished or already deleted is
    not documented, nor whether a batch is done as a whole or in part.

    Args:
        body (DeleteVideoTaskRequest): The batch to delete.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DeleteVideoTaskResponse | ErrorResponse]
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
    body: DeleteVideoTaskRequest,
) -> DeleteVideoTaskResponse | ErrorResponse | None:
    """Delete a batch of tasks

     Deletes the tasks named. One status answers for the whole batch; there is no result for each id. Not
    described as cancelling. What it does to a task that is unknown, unfinished or already deleted is
    not documented, nor whether a batch is done as a whole or in part.

    Args:
        body (DeleteVideoTaskRequest): The batch to delete.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DeleteVideoTaskResponse | ErrorResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: DeleteVideoTaskRequest,
) -> Response[DeleteVideoTaskResponse | ErrorResponse]:
    """Delete a batch of tasks

     Deletes the tasks named. One status answers for the whole batch; there is no result for each id. Not
    described as cancelling. What it does to a task that is unknown, unfinished or already deleted is
    not documented, nor whether a batch is done as a whole or in part.

    Args:
        body (DeleteVideoTaskRequest): The batch to delete.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DeleteVideoTaskResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: DeleteVideoTaskRequest,
) -> DeleteVideoTaskResponse | ErrorResponse | None:
    """Delete a batch of tasks

     Deletes the tasks named. One status answers for the whole batch; there is no result for each id. Not
    described as cancelling. What it does to a task that is unknown, unfinished or already deleted is
    not documented, nor whether a batch is done as a whole or in part.

    Args:
        body (DeleteVideoTaskRequest): The batch to delete.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DeleteVideoTaskResponse | ErrorResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
