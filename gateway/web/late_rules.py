"""Routes that learn to make addresses when they are first asked to: the application is built in a fraction of the time.

Werkzeug compiles, for each route, a function that makes its address of values. That is nine tenths of the time it takes
to build the application, and most routes of the API are never asked for their address. Matching a request is untouched.
"""

from collections.abc import Callable

from werkzeug.routing import Rule


class LateRule(Rule):
    """A route whose makers of addresses are compiled at their first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  werkzeug's signature
        compiled: list[Callable[..., tuple[str, str]]] = []
        compile_now = super()._compile_builder

        def build(rule: LateRule, /, **values: str) -> tuple[str, str]:
            if not compiled:  # two threads may both compile: the same function twice does no harm
                compiled.append(compile_now(append_unknown))
            return compiled[0](rule, **values)

        return build
