"""The description of the API, made when somebody first asks for it.

Making it takes longer than everything else a gateway does until it takes requests, and most gateways are never asked.
Requests are judged by the shapes of the operations alone.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from flask_openapi3.blueprint import APIBlueprint as EagerBlueprint
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from flask_openapi3.types import ParametersTuple
from flask_openapi3.utils import parse_parameters


class APIBlueprint(EagerBlueprint):
    """Operations of one area; each is described late."""

    def __init__(self, name: str, import_name: str, *, url_prefix: str, abp_tags: list[Tag]) -> None:
        """``abp_tags``: the headings under which the description names every operation."""
        super().__init__(name, import_name, url_prefix=url_prefix, abp_tags=abp_tags)
        self._to_describe: list[Callable[[], object]] = []

    def _collect_openapi_info(
        self,
        rule: str,
        func: Callable[..., Any],
        **words: Any,  # noqa: ANN401 - as the library
    ) -> ParametersTuple:
        self._to_describe.append(partial(super()._collect_openapi_info, rule, func, **words))
        return parse_parameters(func, doc_ui=False)

    def describe(self) -> None:
        """Describe every operation, once; the caller sees to it that nobody else does so just now."""
        while self._to_describe:
            self._to_describe.pop(0)()


class DescribedApp(OpenAPI):
    """The application; its description is put together when it is first asked for."""

    def __init__(self, import_name: str, **options: Any) -> None:  # noqa: ANN401 - as the library
        """Take what the application of the library takes."""
        super().__init__(import_name, **options)
        self._apis: list[APIBlueprint] = []
        self._document: dict[str, Any] = {}

    def register_api(self, api: EagerBlueprint, **options: Any) -> None:  # noqa: ANN401 - as the library
        """Route the operations of an area; what they are is read from the area later.

        Raises:
            TypeError: the area would describe itself at once.
        """
        if not isinstance(api, APIBlueprint):
            raise TypeError(f"{api.name} is no {APIBlueprint.__name__} of this module.")
        self._apis.append(api)
        self.register_blueprint(api, **options)

    @property
    def api_doc(self) -> dict[str, Any]:
        """The whole description as JSON; the same for everybody from the first time on."""
        if not self._document:
            with _DESCRIBING:
                if not self._document:
                    self._document = self._described()
        return self._document

    def _described(self) -> dict[str, Any]:
        for api in self._apis:
            api.describe()
            self.tags.extend(tag for tag in api.tags if tag.name not in self.tag_names)
            self.tag_names.extend(tag.name for tag in api.tags)
            self.paths.update(api.paths)
            self.components_schemas.update(api.components_schemas)
        self.generate_spec_json()  # type: ignore[no-untyped-call]  # the library's
        return dict(self.spec_json)


# One for all applications of a process: they share the areas.
_DESCRIBING = threading.Lock()
