"""What an author writes, and the error for each mistake."""

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from nexus.engines.experiment import (
    AtLeast,
    Comparison,
    Constant,
    Counted,
    Equal,
    Exponent,
    Growth,
    LabError,
    Needs,
    Never,
    Occurs,
    Trials,
)
from tests.support.simulation import DEPTHS, NEEDS

FASTER = AtLeast("lab.faster", "fix", ratio=2)
NEVER = Never("lab.never", "fix", "lost")


def comparison(*claims: object, **options: object) -> Comparison:
    options = {"title": "A lab", "data": None, "needs": NEEDS, "cases": {"size": (1, 2)}, **options}
    lab = Comparison(**options)  # type: ignore[arg-type]
    lab.variant(baseline=True)(naive)
    lab.variant(fix)
    lab.expect(*claims)  # type: ignore[arg-type]
    return lab


def growth(*claims: object, **options: object) -> Growth:
    options = {"title": "A lab", "data": None, "needs": NEEDS, "size": "size", **options}
    lab = Growth(**{"sizes": DEPTHS, **options})  # type: ignore[arg-type]
    lab.variant(baseline=True)(naive)
    lab.variant(fix)
    lab.expect(*claims)  # type: ignore[arg-type]
    return lab


def naive(size: int) -> int:
    return size


def fix(size: int) -> int:
    return size


def trials(*claims: object, **options: object) -> Trials:
    options = {"title": "A lab", "data": None, "needs": NEEDS, **options}
    lab = Trials(**options)  # type: ignore[arg-type]
    lab.variant(baseline=True)(naive)
    lab.variant(fix)
    lab.prepare(lambda: None)
    lab.inspect(lambda _: {"lost": 0})
    lab.expect(*claims)  # type: ignore[arg-type]
    return lab


def without_parameters() -> Comparison:
    lab = Comparison(title="A lab", data=None, needs=NEEDS, cases={"size": (1,)})
    lab.variant(baseline=True)(naive)

    @lab.variant
    def fix() -> int:
        return 1

    lab.expect(FASTER)
    return lab


def without_prepare() -> Trials:
    lab = trials(NEVER)
    lab.prepare_subject = None
    return lab


def without_inspect() -> Trials:
    lab = trials(NEVER)
    lab.inspect_subject = None
    return lab


def with_prepare_of_something() -> Trials:
    lab = trials(NEVER)
    lab.prepare(lambda shared: shared)
    return lab


def with_unused_surroundings() -> Trials:
    lab = trials(NEVER)
    lab.around(nullcontext)
    return lab


def with_two_parameters() -> Trials:
    lab = trials(NEVER)

    @lab.variant
    def other(subject: object, size: int) -> bool:
        return bool(subject) and size > 0

    return lab


def with_one_variant() -> Comparison:
    lab = comparison(FASTER)
    del lab.variants["fix"]
    return lab


def without_baseline() -> Comparison:
    lab = Comparison(title="A lab", data=None, needs=NEEDS, cases={"size": (1,)})
    lab.variant(naive)
    lab.variant(fix)
    lab.expect(FASTER)
    return lab


BAD: dict[str, tuple[Callable[[], Comparison | Trials], str, str]] = {
    "no title": (lambda: comparison(FASTER, title=" "), "no title", "give it one"),
    "no needs": (lambda: comparison(FASTER, needs=Needs(0, 1, 1)), "needs", "Needs("),
    "one variant": (with_one_variant, "fewer than two variants", "@lab.variant"),
    "no baseline": (without_baseline, "0 baselines", "baseline=True"),
    "nothing expected": (comparison, "expects nothing", "lab.expect"),
    "bad id": (lambda: comparison(AtLeast("Faster", "fix", ratio=2)), "no claim id", "slug"),
    "twice": (lambda: comparison(FASTER, FASTER), "Two expectations", "rename"),
    "no values": (lambda: comparison(FASTER, cases={"size": ()}), "no values", "at least one"),
    "odd value": (lambda: comparison(FASTER, cases={"size": ([],)}), "values of size", "strings"),
    "same value": (lambda: comparison(FASTER, cases={"size": (1, 1)}), "twice", "leave one out"),
    "no parameters": (without_parameters, "cannot be called with size", "exactly the parameters"),
    "other parameters": (
        lambda: comparison(Counted("lab.count", "fix", "rows", lambda page: page)),
        "predicts from other parameters",
        "give the function size",
    ),
    "counted time": (
        lambda: comparison(Constant("lab.c", "fix", "time")),
        "exact count",
        "AtLeast",
    ),
    "constant in one case": (
        lambda: comparison(Constant("lab.c", "fix", "rows"), cases={"size": (1,)}),
        "one case",
        "at least two",
    ),
    "unknown variant": (
        lambda: comparison(AtLeast("lab.f", "fixed", ratio=2)),
        "variant fixed",
        "it has naive, fix",
    ),
    "unknown opponent": (
        lambda: comparison(AtLeast("lab.f", "fix", ratio=2, over="lazy")),
        "variant lazy",
        "it has naive, fix",
    ),
    "itself": (lambda: comparison(Equal("lab.e", "naive")), "with itself", "over="),
    "low bar": (lambda: comparison(AtLeast("lab.f", "fix", ratio=1.05)), "1.05", "claim more"),
    "no bar": (
        lambda: comparison(AtLeast("lab.f", "fix", ratio=float("nan"))),
        "nan",
        "claim more",
    ),
    "narrow band": (lambda: comparison(Equal("lab.e", "fix", within=0.01)), "0.01", "choose 0.05"),
    "unknown case": (
        lambda: comparison(AtLeast("lab.f", "fix", ratio=2, case={"size": 3})),
        "{'size': 3}",
        "parameters are size",
    ),
    "declared": (
        lambda: comparison(AtLeast("lab.f", "fix", ratio=2, declared="maybe")),  # type: ignore[arg-type]
        "maybe",
        'declare "supported"',
    ),
    "throughput of a comparison": (
        lambda: comparison(AtLeast("lab.f", "fix", ratio=2, measure="throughput")),
        "throughput",
        "it measures",
    ),
    "events of a comparison": (lambda: comparison(NEVER), "Never", "write the lab as Trials"),
    "counts of trials": (
        lambda: trials(Constant("lab.c", "fix", "rows")),
        "Constant",
        "Comparison",
    ),
    "time of trials": (lambda: trials(FASTER), "time", 'measure="throughput"'),
    "one worker": (lambda: trials(NEVER, workers=1), "One worker", "at least two"),
    "no time": (lambda: trials(NEVER, trial_limit_s=0), "needs time", "positive trial_limit_s"),
    "no prepare": (without_prepare, "makes a trial's subject", "@lab.prepare"),
    "no inspect": (without_inspect, "counts what a trial left", "@lab.inspect"),
    "prepare of what is not shared": (
        with_prepare_of_something,
        "other parameters than it is given",
        "give it none",
    ),
    "shared and not taken": (
        with_unused_surroundings,
        "other parameters than it is given",
        "exactly one parameter, for what @lab.around yields",
    ),
    "two parameters": (with_two_parameters, "with the subject alone", "exactly one parameter"),
    "against itself": (
        lambda: trials(Never("lab.n", "naive", "lost")),
        "with itself",
        "against=",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_check_of_a_bad_lab_names_the_fault_and_the_remedy(name: str) -> None:
    make, fault, remedy = BAD[name]

    with pytest.raises(LabError) as raised:
        make().check()

    assert fault in str(raised.value)
    assert remedy in str(raised.value)


def test_check_of_good_labs_is_silent() -> None:
    comparison(
        FASTER,
        Counted("lab.counted", "fix", "rows", lambda size: size),
        Counted("lab.exact", "fix", "rows", 3),
        Constant("lab.constant", "fix", "rows"),
        Equal("lab.equal", "fix", within=0.05),
        AtLeast("lab.fewer", "fix", ratio=2, measure="rows", case={"size": 2}),
    ).check()
    trials(
        NEVER,
        Occurs("lab.occurs", "naive", "lost"),
        AtLeast("lab.cheaper", "fix", ratio=2, measure="throughput"),
    ).check()
    shared = trials(NEVER)
    shared.around(nullcontext)
    shared.prepare(lambda servers: servers)
    shared.check()


def test_variant_name_twice_is_refused() -> None:
    lab = comparison()

    with pytest.raises(LabError, match="two variants called fix; rename"):
        lab.variant(fix)


def test_variant_label_is_its_name_unless_given() -> None:
    lab = Comparison(title="A lab", data=None, needs=NEEDS)

    @lab.variant(baseline=True, label="read, then write")
    def one() -> None: ...

    @lab.variant
    def row_lock() -> None: ...

    labels = [variant.label for variant in lab.variants.values()]
    assert labels == ["read, then write", "row lock"]
    assert lab.baseline.name == "one"


def test_cases_are_the_product_of_their_parameters() -> None:
    lab = comparison(cases={"size": (1, 2), "warm": (True, False)})

    assert lab.case_list == [
        {"size": 1, "warm": True},
        {"size": 1, "warm": False},
        {"size": 2, "warm": True},
        {"size": 2, "warm": False},
    ]
    assert Comparison(title="A lab", data=None, needs=NEEDS).case_list == [{}]


def test_timed_names_each_comparison_once() -> None:
    lab = comparison(
        FASTER,
        Equal("lab.equal", "fix", case={"size": 2}),
        AtLeast("lab.fewer", "fix", ratio=2, measure="rows"),
    )

    assert lab.timed() == [("fix", "naive", 0), ("fix", "naive", 1)]


def test_plan_states_the_limits_before_the_start() -> None:
    lab = comparison(FASTER)

    # Two cases of 8 s (quick: 2 s), half as much again for the control, and a second around it.
    assert (lab.plan("full").at_most_s, lab.plan("full").usual_s) == (300, 25)
    assert (lab.plan("quick").at_most_s, lab.plan("quick").usual_s) == (120, 7)
    assert lab.plan().needs == NEEDS
    assert trials(NEVER).plan().at_most_s == 300


FLAT = Exponent("lab.flat", "fix", at_most=0.1)


@pytest.mark.parametrize(
    ("sizes", "fault"),
    [
        ((1, 10, 100, 1_000), "has 4 values of size; an exponent needs at least 5 sizes"),
        ((1, 2, 5, 10, 20, 50, 100, 200, 500), "needs three decades"),
        ((0, 1, 10, 100, 500, 1_000), "must be positive numbers, each larger"),
        ((-1, 1, 10, 100, 500, 1_000), "must be positive numbers, each larger"),
        ((1, 10, 10, 100, 500, 1_000), "must be positive numbers, each larger"),
        ((1_000, 500, 100, 10, 1), "must be positive numbers, each larger"),
        ((1, 10, 100, 1_000, float("inf")), "must be positive numbers, each larger"),
        ((1, 10, 100, 1_000, 9_999, 99_991), "Fewer than 3 values of size"),
    ],
)
def test_growth_refuses_sizes_that_give_no_exponent(sizes: tuple[float, ...], fault: str) -> None:
    with pytest.raises(LabError, match=fault):
        growth(FLAT, sizes=sizes).check()


def test_growth_is_accepted_with_exponents_counts_and_ratios() -> None:
    growth(
        FLAT,
        Exponent("lab.grows", "naive", at_least=0.8, declared="refuted"),
        Constant("lab.constant", "fix", "queries"),
        Counted("lab.counted", "fix", "queries", lambda size: size),
        AtLeast("lab.faster", "fix", ratio=2, case={"size": 1_000}),
    ).check()


def test_growth_has_a_case_for_every_size() -> None:
    lab = growth(FLAT)

    assert lab.case_list == [{"size": size} for size in DEPTHS]
    assert lab.sizes[lab.last_decade] == 100_000


def test_growth_is_planned_by_the_time_its_author_found() -> None:
    assert growth(FLAT, needs=Needs(1, 1, 90)).plan("full").usual_s == 90
    assert growth(FLAT, needs=Needs(1, 1, 900)).plan("quick").usual_s == 120


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        (Exponent("lab.flat", "fix"), "needs one bar"),
        (Exponent("lab.flat", "fix", at_least=0.5, at_most=1.5), "needs one bar"),
        (Exponent("lab.flat", "fix", at_most=0), "bar at an exponent of 0"),
        (Exponent("lab.flat", "fix", at_most=0.049), "bar at an exponent of 0.049"),
        (Exponent("lab.flat", "fix", at_least=float("nan")), "bar at an exponent of nan"),
        (Exponent("lab.flat", "other", at_most=0.1), "names the variant other"),
    ],
)
def test_exponent_that_decides_nothing_is_refused(claim: Exponent, fault: str) -> None:
    with pytest.raises(LabError, match=fault):
        growth(claim).check()


def test_exponent_of_a_comparison_is_refused() -> None:
    with pytest.raises(LabError, match="write the lab as Growth"):
        comparison(FLAT).check()
