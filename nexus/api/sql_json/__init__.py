"""Answers that PostgreSQL writes as JSON itself, derived from the serializers.

A serializer declares a resource; with a queryset it says which SQL gives the same text. That text
is put together here from nested selects, written once for each shape of a question and carried out
with the values of each request: a page takes one query, and Python only joins its rows. What comes
out is what the serializer and `JSONRenderer` would give, byte for byte; a property test holds it to
that. A serializer that says more than columns and relations is not derived, and its view answers in
the ordinary way.
"""

from nexus.api.sql_json.columns import NotDerivedError
from nexus.api.sql_json.execute import one, page
from nexus.api.sql_json.shapes import Find, Question, is_askable, question

__all__ = ["Find", "NotDerivedError", "Question", "is_askable", "one", "page", "question"]
