"""What docs/gate.md says besides its figures."""

from benchmarks.gate_lives import POLICY, levels


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


SPENT = ", ".join(percent(one) for one in levels(40)[:4])
PREFACE = f"""An adapter is promoted only if **both** the log-likelihood of human texts and the checklist score of its drafts
rose for certain, and no guardrail is breached.

- **Bound.** The paired Bayesian bootstrap (Rubin 1981), in its exact form: no random numbers, so the same scores always
  give the same verdict. One text is added that went as badly as a text can (Gaffke 2005; Learned-Miller & Thomas 2019):
  disasters that no held-out text happened to show are reckoned with. In the log-likelihood one text counts for at most
  one nat a token.
- **Unit.** Texts of one family (copies, one topic, one thread) count as one. Drafts people accepted as they were do not
  count.
- **Budget.** Each challenger is one more hypothesis on the same texts. All of them together may err with a chance of
  {percent(1 - POLICY.confidence)}; each try spends a fifth of what is left ({SPENT} …). As long as all verdicts are no, no
  challenger depends on a verdict, so the chances simply add up (union bound), however related the tries are.
- **Growth.** A try is charged by the share of today's families it was made on. New texts give back what they took no part
  in; nothing else does. The 5% hold for any one held-out set, not for the sum over all sets a team ever had.
- **Receipts.** `flywheel gate receipt v3 --out v3.json` writes all numbers; `flywheel gate verify v3.json` derives the
  verdict again, with no database and no model."""

LIMITS = """## What this does not say

- That the bound holds for every distribution and number of texts is a conjecture; the search above did not break it.
- Held-out texts are taken as drawn from what will be asked later. If requests change, the gate measures the past.
- With 15 texts only gains above about 0.3 can be shown. 15 texts cannot rule out that one request in ten goes badly
  wrong, so no rule that sees them alone could promise more.
- The union bound covers a champion until it is beaten. A new champion that looked good on these texts by luck is harder
  to beat on them, which makes the next tries stricter, not looser.
- An operator may put any adapter in service by hand; that is recorded, and no promise holds for it."""
