"""The rules for every service, checked in its source."""

import ast
from pathlib import Path

import nexus.apps

APPS = Path(nexus.apps.__file__).parent

# Functions that write to the audit, or to the history of an order, which counts as one.
RECORDERS = {"record", "record_each", "record_event", "write_event"}
# Services with `by` that write no entry, with the reason.
WITHOUT_ENTRY = {
    "orders.add_to_cart": "a cart is private and promises nothing",
    "orders.set_quantity": "a cart is private and promises nothing",
    "orders.remove_from_cart": "a cart is private and promises nothing",
    "orders.clear_cart": "a cart is private and promises nothing",
    "orders.quote_shipping": "nothing is written",
    "orders.read_quote": "nothing is written",
    "products.take_stock": "each change of stock is a row that names who made it",
    "products.return_stock": "each change of stock is a row that names who made it",
    "users.start_second_factor": "nothing changes until the factor is turned on",
    "users.resume_second_factor": "nothing changes until the factor is turned on",
    "users.issue_code": "log-ins are kept as token families",
}


def services_of(app: Path) -> dict[str, ast.FunctionDef]:
    """Return the functions of an app's services and what they call, by name."""
    files = [app / "services.py", *(app / "services").glob("*.py"), app / "importing.py"]
    functions: dict[str, ast.FunctionDef] = {}
    for file in files:
        if file.exists():
            module = ast.parse(file.read_text("utf-8"))
            functions |= {
                each.name: each for each in module.body if isinstance(each, ast.FunctionDef)
            }
    return functions


def calls_of(function: ast.FunctionDef) -> set[str]:
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            target = node.func
            names.add(target.id if isinstance(target, ast.Name) else getattr(target, "attr", ""))
    return names


def records(name: str, functions: dict[str, ast.FunctionDef], seen: frozenset[str]) -> bool:
    calls = calls_of(functions[name])
    inner = (calls & functions.keys()) - seen
    return bool(calls & RECORDERS) or any(
        records(each, functions, seen | {name}) for each in sorted(inner)
    )


def test_every_write_by_somebody_leaves_an_entry_in_the_audit() -> None:
    silent = []
    checked = 0
    for app in sorted(APPS.iterdir()):
        functions = services_of(app)
        for name, function in functions.items():
            arguments = {each.arg for each in function.args.kwonlyargs}
            if "by" in arguments and not name.startswith("_") and name not in RECORDERS:
                checked += 1
                if not records(name, functions, frozenset({name})):
                    silent.append(f"{app.name}.{name}")
    assert checked > 50
    assert sorted(silent) == sorted(WITHOUT_ENTRY)
