from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.delete_task_result import DeleteTaskResult
from ...models.error_envelope import ErrorEnvelope
from ...types import Response


def _get_kwargs(
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/contents/generations/tasks/{id}".format(
            id=quote(str(id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | DeleteTaskResult | ErrorEnvelope:
    if response.status_code == 200:
        response_200 = DeleteTaskResult.from_dict(response.json())

        return response_200

    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

    if response.status_code == 409:
        response_409 = ErrorEnvelope.from_dict(response.json())

        return response_409

    response_default = ErrorEnvelope.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | DeleteTaskResult | ErrorEnvelope]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Any | DeleteTaskResult | ErrorEnvelope]:
    """Cancel a queued task, or delete the record of an ended one

     One verb with two meanings. What it does depends on the task's status at the moment when the server
    handles the request (see x-delete-effect on TaskStatus), and the answer does not say which of the
    two it was. A record that was deleted can't be read any more. A running task is refused with 409.

    Args:
        id (str): The task's id, as one segment of the path. Empty, `.` and `..` would reach the
            collection instead and must not be sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | DeleteTaskResult | ErrorEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Any | DeleteTaskResult | ErrorEnvelope | None:
    """Cancel a queued task, or delete the record of an ended one

     One verb with two meanings. What it does depends on the task's status at the moment when the server
    handles the request (see x-delete-effect on TaskStatus), and the answer does not say which of the
    two it was. A record that was deleted can't be read any more. A running task is refused with 409.

    Args:
        id (str): The task's id, as one segment of the path. Empty, `.` and `..` would reach the
            collection instead and must not be sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | DeleteTaskResult | ErrorEnvelope
    """

    return sync_detailed(
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Any | DeleteTaskResult | ErrorEnvelope]:
    """Cancel a queued task, or delete the record of an ended one

     One verb with two meanings. What it does depends on the task's status at the moment when the server
    handles the request (see x-delete-effect on TaskStatus), and the answer does not say which of the
    two it was. A record that was deleted can't be read any more. A running task is refused with 409.

    Args:
        id (str): The task's id, as one segment of the path. Empty, `.` and `..` would reach the
            collection instead and must not be sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | DeleteTaskResult | ErrorEnvelope]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    id: str,
    *,
    client: AuthenticatedClient,
) -> Any | DeleteTaskResult | ErrorEnvelope | None:
    """Cancel a queued task, or delete the record of an ended one

     One verb with two meanings. What it does depends on the task's status at the moment when the server
    handles the request (see x-delete-effect on TaskStatus), and the answer does not say which of the
    two it was. A record that was deleted can't be read any more. A running task is refused with 409.

    Args:
        id (str): The task's id, as one segment of the path. Empty, `.` and `..` would reach the
            collection instead and must not be sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | DeleteTaskResult | ErrorEnvelope
    """

    return (
        await asyncio_detailed(
            id=id,
            client=client,
        )
    ).parsed
