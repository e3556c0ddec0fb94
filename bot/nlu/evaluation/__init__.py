"""How well messages are understood: questions, measures, and the comparison of classifiers."""
