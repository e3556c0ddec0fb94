"""Fill an empty database with synthetic learners: ``python -m connectors.platform.seed``.

Nobody in it exists: names are Faker's, departments are called "Sathi Sample Department of
...", and there are no e-mail addresses or telephone numbers. What the learners do follows
this model, every draw from one seeded generator:

* **Courses** come from the catalogue. A module is one resource (60 % video, 25 % PDF, 15 %
  SCORM); 85 % of the courses end with an assessment, two thirds of those with limited
  attempts. A few courses are moderated, retired or drafts.
* **Learners** hold one of the competency model's roles (5 % none), work in one of 30
  departments of unequal size, each with two competencies in focus, and have two or three
  interests that lean towards that focus.
* **Plans** prescribe six courses a department, half of them for the APAR with the deadline
  31 March, and some for designations, designations in a department, and single learners.
* **Enrolments** (gamma-Poisson in number, over the last 18 months, denser towards today) are
  drawn one after the other. The weight of a course is the product of its popularity (Zipf),
  how much of what the role requires it builds, whether it builds an interest, whether a plan
  prescribes it, and whether it accompanies the course before it (co-enrolment, sequence);
  one choice in ten is noise.
* **Progress**: whether a course is finished depends on the learner's diligence, the length,
  the role and the plan; how long it takes is log-normal. Resources are finished in order, at
  times between enrolment and completion, and the minutes of a day are those of the resources
  finished that day, plus the revision of learners with a weekly habit. In one open
  enrolment of eight a single resource is left, which the learner is stuck in.
* **Certificates** follow within 20 hours; 2 % were never issued; 1.5 % of the completions
  are a few hours old and still wait for theirs.
* **Karma points** follow the platform's rules: 5 each for registration, first login, first
  enrolment, a passed assessment and a completion (four a calendar month outside plans), 2
  for a rating, 10 more for a planned course in time.
"""

from connectors.platform.seed.writer import SeedError, fill

__all__ = ["SeedError", "fill"]
