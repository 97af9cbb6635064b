from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error_envelope import ErrorEnvelope
from ...models.service_tier import ServiceTier
from ...models.task_page import TaskPage
from ...models.task_status import TaskStatus
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    page_num: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    filter_status: TaskStatus | Unset = UNSET,
    filter_task_ids: list[str] | Unset = UNSET,
    filter_model: str | Unset = UNSET,
    filter_service_tier: ServiceTier | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["page_num"] = page_num

    params["page_size"] = page_size

    json_filter_status: str | Unset = UNSET
    if not isinstance(filter_status, Unset):
        json_filter_status = filter_status.value

    params["filter.status"] = json_filter_status

    json_filter_task_ids: list[str] | Unset = UNSET
    if not isinstance(filter_task_ids, Unset):
        json_filter_task_ids = filter_task_ids

    params["filter.task_ids"] = json_filter_task_ids

    params["filter.model"] = filter_model

    json_filter_service_tier: str | Unset = UNSET
    if not isinstance(filter_service_tier, Unset):
        json_filter_service_tier = filter_service_tier.value

    params["filter.service_tier"] = json_filter_service_tier

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/contents/generations/tasks",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorEnvelope | TaskPage:
    if response.status_code == 200:
        response_200 = TaskPage.from_dict(response.json())

        return response_200

    response_default = ErrorEnvelope.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorEnvelope | TaskPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    page_num: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    filter_status: TaskStatus | Unset = UNSET,
    filter_task_ids: list[str] | Unset = UNSET,
    filter_model: str | Unset = UNSET,
    filter_service_tier: ServiceTier | Unset = UNSET,
) -> Response[ErrorEnvelope | TaskPage]:
    """List tasks, a numbered page at a time

     Reads tasks of the last 7 days, of the key's project and of the endpoints that it may use. Tasks of
    every kind share the collection. There is no filter by time and no sort, and the order is not
    documented. Pages are numbered, so tasks that come or go between two calls shift the rest. Cancelled
    tasks are listed for 24 hours only.

    Args:
        page_num (int | Unset): Which page, counted from 1. The server takes 1 when it is left
            out.
        page_size (int | Unset): Tasks on a page. The server takes 20 when it is left out.
        filter_status (TaskStatus | Unset): The statuses that are known. The vendor's own schema
            has a plain string, so a new word must be expected in answers. x-delete-effect says what
            DELETE does to a task in each status; `null` where the vendor's table has no entry.
        filter_task_ids (list[str] | Unset): Only these ids; the parameter is repeated, once an
            id. How many fit in one call is not documented.
        filter_model (str | Unset): Only tasks made through this inference endpoint: its id (one
            value, exact), and not the `model` that a task shows. A model's id finds only tasks of the
            endpoint that is preconfigured for it. A key with Custom permission must give one; how it
            is refused otherwise is not documented.
        filter_service_tier (ServiceTier | Unset): Online (`default`) or offline (`flex`)
            inference. A list without this filter shows `default` only, so flex tasks stay hidden
            unless they are asked for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | TaskPage]
    """

    kwargs = _get_kwargs(
        page_num=page_num,
        page_size=page_size,
        filter_status=filter_status,
        filter_task_ids=filter_task_ids,
        filter_model=filter_model,
        filter_service_tier=filter_service_tier,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    page_num: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    filter_status: TaskStatus | Unset = UNSET,
    filter_task_ids: list[str] | Unset = UNSET,
    filter_model: str | Unset = UNSET,
    filter_service_tier: ServiceTier | Unset = UNSET,
) -> ErrorEnvelope | TaskPage | None:
    """List tasks, a numbered page at a time

     Reads tasks of the last 7 days, of the key's project and of the endpoints that it may use. Tasks of
    every kind share the collection. There is no filter by time and no sort, and the order is not
    documented. Pages are numbered, so tasks that come or go between two calls shift the rest. Cancelled
    tasks are listed for 24 hours only.

    Args:
        page_num (int | Unset): Which page, counted from 1. The server takes 1 when it is left
            out.
        page_size (int | Unset): Tasks on a page. The server takes 20 when it is left out.
        filter_status (TaskStatus | Unset): The statuses that are known. The vendor's own schema
            has a plain string, so a new word must be expected in answers. x-delete-effect says what
            DELETE does to a task in each status; `null` where the vendor's table has no entry.
        filter_task_ids (list[str] | Unset): Only these ids; the parameter is repeated, once an
            id. How many fit in one call is not documented.
        filter_model (str | Unset): Only tasks made through this inference endpoint: its id (one
            value, exact), and not the `model` that a task shows. A model's id finds only tasks of the
            endpoint that is preconfigured for it. A key with Custom permission must give one; how it
            is refused otherwise is not documented.
        filter_service_tier (ServiceTier | Unset): Online (`default`) or offline (`flex`)
            inference. A list without this filter shows `default` only, so flex tasks stay hidden
            unless they are asked for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | TaskPage
    """

    return sync_detailed(
        client=client,
        page_num=page_num,
        page_size=page_size,
        filter_status=filter_status,
        filter_task_ids=filter_task_ids,
        filter_model=filter_model,
        filter_service_tier=filter_service_tier,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    page_num: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    filter_status: TaskStatus | Unset = UNSET,
    filter_task_ids: list[str] | Unset = UNSET,
    filter_model: str | Unset = UNSET,
    filter_service_tier: ServiceTier | Unset = UNSET,
) -> Response[ErrorEnvelope | TaskPage]:
    """List tasks, a numbered page at a time

     Reads tasks of the last 7 days, of the key's project and of the endpoints that it may use. Tasks of
    every kind share the collection. There is no filter by time and no sort, and the order is not
    documented. Pages are numbered, so tasks that come or go between two calls shift the rest. Cancelled
    tasks are listed for 24 hours only.

    Args:
        page_num (int | Unset): Which page, counted from 1. The server takes 1 when it is left
            out.
        page_size (int | Unset): Tasks on a page. The server takes 20 when it is left out.
        filter_status (TaskStatus | Unset): The statuses that are known. The vendor's own schema
            has a plain string, so a new word must be expected in answers. x-delete-effect says what
            DELETE does to a task in each status; `null` where the vendor's table has no entry.
        filter_task_ids (list[str] | Unset): Only these ids; the parameter is repeated, once an
            id. How many fit in one call is not documented.
        filter_model (str | Unset): Only tasks made through this inference endpoint: its id (one
            value, exact), and not the `model` that a task shows. A model's id finds only tasks of the
            endpoint that is preconfigured for it. A key with Custom permission must give one; how it
            is refused otherwise is not documented.
        filter_service_tier (ServiceTier | Unset): Online (`default`) or offline (`flex`)
            inference. A list without this filter shows `default` only, so flex tasks stay hidden
            unless they are asked for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorEnvelope | TaskPage]
    """

    kwargs = _get_kwargs(
        page_num=page_num,
        page_size=page_size,
        filter_status=filter_status,
        filter_task_ids=filter_task_ids,
        filter_model=filter_model,
        filter_service_tier=filter_service_tier,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    page_num: int | Unset = UNSET,
    page_size: int | Unset = UNSET,
    filter_status: TaskStatus | Unset = UNSET,
    filter_task_ids: list[str] | Unset = UNSET,
    filter_model: str | Unset = UNSET,
    filter_service_tier: ServiceTier | Unset = UNSET,
) -> ErrorEnvelope | TaskPage | None:
    """List tasks, a numbered page at a time

     Reads tasks of the last 7 days, of the key's project and of the endpoints that it may use. Tasks of
    every kind share the collection. There is no filter by time and no sort, and the order is not
    documented. Pages are numbered, so tasks that come or go between two calls shift the rest. Cancelled
    tasks are listed for 24 hours only.

    Args:
        page_num (int | Unset): Which page, counted from 1. The server takes 1 when it is left
            out.
        page_size (int | Unset): Tasks on a page. The server takes 20 when it is left out.
        filter_status (TaskStatus | Unset): The statuses that are known. The vendor's own schema
            has a plain string, so a new word must be expected in answers. x-delete-effect says what
            DELETE does to a task in each status; `null` where the vendor's table has no entry.
        filter_task_ids (list[str] | Unset): Only these ids; the parameter is repeated, once an
            id. How many fit in one call is not documented.
        filter_model (str | Unset): Only tasks made through this inference endpoint: its id (one
            value, exact), and not the `model` that a task shows. A model's id finds only tasks of the
            endpoint that is preconfigured for it. A key with Custom permission must give one; how it
            is refused otherwise is not documented.
        filter_service_tier (ServiceTier | Unset): Online (`default`) or offline (`flex`)
            inference. A list without this filter shows `default` only, so flex tasks stay hidden
            unless they are asked for.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorEnvelope | TaskPage
    """

    return (
        await asyncio_detailed(
            client=client,
            page_num=page_num,
            page_size=page_size,
            filter_status=filter_status,
            filter_task_ids=filter_task_ids,
            filter_model=filter_model,
            filter_service_tier=filter_service_tier,
        )
    ).parsed
