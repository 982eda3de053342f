"""Shapes of what people of the office see and decide about documents on their way into ERPs."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from gateway.domain.erp.binding import ERP_ID_MAX
from gateway.domain.erp.posting import PostingState
from gateway.ports.erp_store import POSTINGS_PAGE_MAX
from gateway.web.documents.document_shapes import CLEAN_PATTERN
from gateway.web.erp.erp_shapes import AccountQuery, GivenErpDocument
from gateway.web.free_text import Reason
from gateway.web.payables.supplier_shapes import Asked, Given

_State = Annotated[
    Annotated[PostingState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in PostingState]}),
]


_ErpText = Annotated[str, Field(min_length=1, max_length=ERP_ID_MAX, pattern=CLEAN_PATTERN)]


class PostingsQuery(AccountQuery):
    """Which documents. ``after``: the ``next`` of the page before."""

    state: _State = None
    after: Annotated[int, Field(ge=0, lt=10**15, strict=False)] = 0
    limit: Annotated[int, Field(ge=1, le=POSTINGS_PAGE_MAX, strict=False)] = 100


class GiveUpRequest(Asked):
    """Why a document does not go to the ERP, or that it was entered there by hand."""

    reason: Reason


class TieRequest(Asked):
    """The ERP's own id of the entry, and the number that people there see."""

    erp_id: _ErpText
    number: _ErpText


class GivenPosting(GivenErpDocument):
    """A document and how it fares. ``words``: what the code of its last failure means; empty when there was none."""

    code: str
    words: str
    detail: str
    attempts: int
    due_at: str
    changed_at: str


class GivenPostings(Given):
    """One page. ``next``: ask for what comes after it."""

    data: list[GivenPosting]
    next: int
    has_more: bool


class GivenPostingStep(Given):
    """One step of a document. ``actor``: a person, or the runner."""

    at: str
    state: PostingState
    code: str
    detail: str
    actor: str


class GivenPostingWhole(GivenPosting):
    """A document with everything that happened to it, oldest first."""

    events: list[GivenPostingStep]
