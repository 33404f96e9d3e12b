from pydantic import BaseModel

from device.page.query import Query
from device.page.wishes import After, WhichFrame


def test_the_schema_of_a_query_is_made_once_and_is_what_it_would_be_anew():
    for query in (After, WhichFrame):
        assert query.model_json_schema() is query.model_json_schema()
        assert query.model_json_schema() == BaseModel.model_json_schema.__func__(query)
    assert After.model_json_schema() != WhichFrame.model_json_schema()


def test_a_schema_that_somebody_may_change_is_their_own():
    document = After.model_json_schema(mode="validation")
    document.clear()
    assert After.model_json_schema(mode="validation")["properties"]


def test_queries_refuse_names_that_they_do_not_know(client):
    assert issubclass(After, Query)
    assert client.get("/api/v1/view.jpg?afer=1").status_code == 422
