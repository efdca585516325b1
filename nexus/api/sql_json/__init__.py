"""Answers that PostgreSQL writes as JSON itself, derived from the serializers.

A serializer declares a resource, and a queryset says which rows. From both, SQL is compiled that
writes the same text: nested selects, written once for each shape of a query and executed with the
values of each request. A page takes one query, and Python only joins its rows. The result is what
the serializer and `JSONRenderer` would write, byte for byte; a property test compares the two.

A view declares it with `sql_json = SqlJson(find)`. What it needs is compiled when its class is
created, which is at start, since the addresses import every view. A serializer that cannot be
compiled stops the start with a sentence that names the view and the field.
"""

from nexus.api.sql_json.columns import NotCompilableError
from nexus.api.sql_json.declaration import SqlJson, compile_view
from nexus.api.sql_json.execute import execute_detail, execute_list

__all__ = ["NotCompilableError", "SqlJson", "compile_view", "execute_detail", "execute_list"]
