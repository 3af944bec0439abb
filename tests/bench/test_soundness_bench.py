"""Ten thousand and more formulas with small mistakes: `python -m pytest tests/bench -s`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from mutants import GLOROT, MODEL, moments, products

from derive.judging.judge import Judge

PRODUCTS, MOMENTS = 9000, 3000


def test_ten_thousand_mutants() -> None:
    found: Counter[tuple[str, bool, str]] = Counter()
    for name, mutants, model in (
        ("products", products(PRODUCTS, 2010), GLOROT),
        ("moments", moments(MOMENTS, 2010), MODEL),
    ):
        judge = Judge(model)
        for m in mutants:
            verdict = judge.judge(m.claim).verdict
            found[name, m.true, verdict] += 1
            assert (m.true, verdict) not in ((False, "holds"), (True, "fails")), m.claim
    sys.stdout.write("\n".join(map(str, sorted(found.items()))))
    assert found.total() >= 10_000
