"""What a report says of the winner, in sentences. Plain text; the page escapes it.

What a figure says stands with the figure (reports/figures).
"""

from __future__ import annotations

from reports.analysis.formatting import listed, number
from reports.analysis.repeats import Repeats, Rivals
from reports.analysis.summary import Worth


def trust_sentence(worth: Worth, repeats: Repeats | None, rivals: Rivals | None, name: str) -> str:
    """Is it sure that the best is the best?"""
    if repeats is not None:
        spread = f"{number(repeats.mean)} ± {number(repeats.half_width)}"
        known = (
            f"Trained {len(repeats.values)} times with different seeds ({', '.join(repeats.where)}), the best "
            f"configuration reaches {spread} (95 % interval of the mean)."
        )
    else:
        known = "The best configuration was trained once, with one seed."
    if rivals is None:
        return f"{known} There is too little to say how much a result varies; tune confirm {name} repeats it."
    yardstick = (
        f"Repeats of one configuration vary by {number(rivals.spread)} (standard deviation)"
        if rivals.known_from == "repeats"
        else f"Nothing was repeated, so the yardstick is how much curves jump from one epoch to the next "
        f"({number(rivals.spread)}); seeds usually differ by more, and tune confirm {name} would show"
    )
    if not rivals.trials:
        return f"{known} {yardstick}. No other trial comes within {number(rivals.within)} of the best."
    names = listed([trial.trial for trial in rivals.trials])
    one = len(rivals.trials) == 1
    return (
        f"{known} {yardstick}. {'Trial' if one else f'{len(rivals.trials)} trials'} {'' if one else '('}{names}"
        f"{'' if one else ')'} within {number(rivals.within)} of it cannot be told from the best."
    )
