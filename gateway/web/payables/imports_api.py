"""Imports of suppliers, orders, receipts and codes over the API: a dry run first, then exactly what it showed."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Permission
from gateway.services.payables.import_columns import NameColumns
from gateway.services.payables.import_master_data import ImportMasterData, TableFile
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.documents.document_shapes import DocumentBody
from gateway.web.payables.order_answers import columns_document, plan_document
from gateway.web.payables.order_shapes import (
    ColumnsPath,
    ColumnsRequest,
    GivenColumns,
    GivenImportPlan,
    GivenImportProgress,
    ImportApplyQuery,
    ImportPlanQuery,
    KindPath,
    ProgressPath,
)
from gateway.web.payments.payment_answers import to_json
from gateway.web.payments.payments_api import JSON

api = APIBlueprint("master_imports", __name__, url_prefix="/v1", abp_tags=[Tag(name="imports")])


@api.post("/master-imports/<kind>/plan", security=KEY_OR_PERSON, responses=answers(200, GivenImportPlan, 413, 422))
@requires(Permission.PAYABLES_WORK)
def plan(path: KindPath, query: ImportPlanQuery, raw: DocumentBody) -> Response:
    """Tell what a file (CSV or XLSX) would do, row by row; nothing is stored."""
    return _json(plan_document(_imports().plan(caller(), _file(path, query, raw)), applied=False))


@api.post(
    "/master-imports/<kind>/apply", security=KEY_OR_PERSON, responses=answers(200, GivenImportPlan, 409, 413, 422)
)
@requires(Permission.PAYABLES_WORK)
def apply(path: KindPath, query: ImportApplyQuery, raw: DocumentBody) -> Response:
    """Do exactly what the dry run with this digest showed, all or nothing."""
    done = _imports().apply(caller(), _file(path, query, raw), query.digest)
    return _json(plan_document(done, applied=True))


@api.post("/master-imports/<kind>/columns", security=KEY_OR_PERSON, responses=answers(200, GivenColumns, 413, 422))
@requires(Permission.PAYABLES_WORK)
def columns(path: KindPath, raw: DocumentBody) -> Response:
    """Tell the columns of a file with samples and what each is taken for; nothing is stored."""
    return _json(columns_document(_columns().look(caller(), path.kind, raw.get_data())))


@api.put(
    "/master-imports/<kind>/columns/<fingerprint>",
    security=KEY_OR_PERSON,
    responses=answers(200, ColumnsRequest, 422, body=True),
)
@requires(Permission.PAYABLES_WORK)
def name_columns(path: ColumnsPath, body: ColumnsRequest) -> Response:
    """Remember what the columns of tables with these headings mean."""
    _columns().name(caller(), path.kind, path.fingerprint, {one.place: one.field for one in body.columns})
    return _json(body.model_dump())


@api.get("/master-imports/progress/<progress_id>", security=KEY_OR_PERSON, responses=answers(200, GivenImportProgress))
@requires(Permission.PAYABLES_WORK)
def progress(path: ProgressPath) -> Response:
    """Tell how far a running import is."""
    found = _imports().progress(caller(), uuid.UUID(path.progress_id))
    return _json({"step": found.step, "done": found.done, "total": found.total})


def _columns() -> NameColumns:
    return current().till.payables.suppliers.columns


def _imports() -> ImportMasterData:
    return current().till.payables.suppliers.imports


def _file(path: KindPath, query: ImportPlanQuery, raw: DocumentBody) -> TableFile:
    return TableFile(path.kind, query.name, raw.get_data(), uuid.UUID(query.progress_id))


def _json(document: object) -> Response:
    return Response(to_json(document), content_type=JSON)
