"""Knobs that count only beside certain others, for a space that has few of them."""

CONDITIONAL = [
    "search.optimizer={choice: [adam, adamw, sgd], default: adam}",
    "search.momentum={uniform: [0.8, 0.99], default: 0.9, when: {optimizer: sgd}}",
    "search.scheduler={choice: [none, step, multistep, linear, cosine, one_cycle], default: none}",
    "search.step_size={int: [1, 6], default: 3, when: {scheduler: step}}",
    "search.gamma={log_uniform: [0.05, 0.7], default: 0.1, when: {scheduler: [step, multistep]}}",
]
