"""What stands behind the "?" of an address: checked by a model, whose schema is made once."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict


class Query(BaseModel):
    """Parent of all queries; a name that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *options: Any, **named: Any) -> dict[str, Any]:
        """Give the schema, as `BaseModel` does."""
        # flask-openapi3 asks for it with each request; made anew, it took longer than all else that a picture needs
        return super().model_json_schema(*options, **named) if options or named else _make_schema(cls)


@cache
def _make_schema(query: type[Query]) -> dict[str, Any]:
    return super(Query, query).model_json_schema()
