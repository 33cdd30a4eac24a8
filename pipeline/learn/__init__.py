"""Learn: every judgement teaches, and only what does better on held-back ones is adopted."""
