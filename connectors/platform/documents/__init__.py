"""Pictures and documents for learners: the progress chart and the certificate.

All words come from the caller, in the learner's language; nothing here words a text.
"""
