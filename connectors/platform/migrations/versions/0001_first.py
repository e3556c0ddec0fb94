"""The platform's tables and Sathi's own."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "courses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("availability", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "availability IN ('open', 'moderated', 'retired', 'draft')",
            name=op.f("ck_courses_availability"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("name", name=op.f("uq_departments_name")),
    )
    op.create_table(
        "designations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designations")),
        sa.UniqueConstraint("name", name=op.f("uq_designations_name")),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.String()),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("created_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_chat_key"), "feedback", ["chat_key"])
    op.create_index(op.f("ix_feedback_learner_id"), "feedback", ["learner_id"])
    op.create_table(
        "links",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("linked_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_learner_id"), "links", ["learner_id"])
    op.create_table(
        "quiz_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.String()),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiz_results")),
    )
    op.create_index(op.f("ix_quiz_results_chat_key"), "quiz_results", ["chat_key"])
    op.create_index(op.f("ix_quiz_results_learner_id"), "quiz_results", ["learner_id"])
    op.create_table(
        "reminders",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("enabled_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_learner_id"), "reminders", ["learner_id"])
    op.create_table(
        "sent_reminders",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", "key", name=op.f("pk_sent_reminders")),
    )
    op.create_index(op.f("ix_sent_reminders_chat_key_day"), "sent_reminders", ["chat_key", "day"])
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String()),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("course_id", sa.String()),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_chat_key"), "tickets", ["chat_key"])
    op.create_index(op.f("ix_tickets_learner_id"), "tickets", ["learner_id"])
    op.create_table(
        "token_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("failed_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_failures")),
    )
    op.create_index(
        op.f("ix_token_failures_chat_key_failed_on"), "token_failures", ["chat_key", "failed_on"]
    )
    op.create_table(
        "link_tokens",
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("issued_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_on", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_link_tokens")),
    )
    op.create_table(
        "erasures",
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("due_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender_id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "course_access",
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_course_access_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_course_access_department_id")
        ),
        sa.PrimaryKeyConstraint("course_id", "department_id", name=op.f("pk_course_access")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "course_administrators",
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_course_administrators_course_id")
        ),
        sa.PrimaryKeyConstraint("course_id", "name", name=op.f("pk_course_administrators")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "learners",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("designation_id", sa.Integer()),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("target_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_learners_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["designation_id"], ["designations.id"], name=op.f("fk_learners_designation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
    )
    op.create_table(
        "resources",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("module", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Float()),
        sa.Column("max_attempts", sa.Integer()),
        sa.CheckConstraint(
            "kind IN ('video', 'pdf', 'scorm', 'assessment', 'other')",
            name=op.f("ck_resources_kind"),
        ),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_resources_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )
    op.create_index(
        op.f("ix_resources_course_id_position"), "resources", ["course_id", "position"], unique=True
    )
    op.create_table(
        "certificates",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("issued_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("url", sa.String()),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_certificates_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_certificates_learner_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificates")),
    )
    op.create_index(
        op.f("ix_certificates_learner_id_issued_on"), "certificates", ["learner_id", "issued_on"]
    )
    op.create_table(
        "enrolments",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("percentage", sa.Float(), nullable=False),
        sa.Column("enrolled_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_on", sa.DateTime(timezone=True)),
        sa.Column("last_active", sa.DateTime(timezone=True)),
        sa.CheckConstraint("percentage BETWEEN 0 AND 100", name=op.f("ck_enrolments_percentage")),
        sa.CheckConstraint("status IN (0, 1, 2)", name=op.f("ck_enrolments_status")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_enrolments_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_enrolments_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", "course_id", name=op.f("pk_enrolments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "karma_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("course_id", sa.String()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("earned_on", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_karma_points_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_karma_points_learner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_karma_points")),
    )
    op.create_index(
        op.f("ix_karma_points_learner_id_earned_on"), "karma_points", ["learner_id", "earned_on"]
    )
    op.create_table(
        "learning_days",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name=op.f("ck_learning_days_minutes")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_learning_days_learner_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", "day", name=op.f("pk_learning_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.String()),
        sa.Column("department_id", sa.Integer()),
        sa.Column("designation_id", sa.Integer()),
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("apar", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(learner_id IS NULL) <> (department_id IS NULL AND designation_id IS NULL)",
            name=op.f("ck_plan_items_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_plan_items_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_plan_items_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["designation_id"], ["designations.id"], name=op.f("fk_plan_items_designation_id")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_plan_items_learner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_items")),
    )
    op.create_index(op.f("ix_plan_items_department_id"), "plan_items", ["department_id"])
    op.create_index(op.f("ix_plan_items_designation_id"), "plan_items", ["designation_id"])
    op.create_index(op.f("ix_plan_items_learner_id"), "plan_items", ["learner_id"])
    op.create_table(
        "resource_states",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_resource_states_score")),
        sa.CheckConstraint("status IN (0, 1, 2)", name=op.f("ck_resource_states_status")),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=op.f("fk_resource_states_learner_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resources.id"], name=op.f("fk_resource_states_resource_id")
        ),
        sa.PrimaryKeyConstraint("learner_id", "resource_id", name=op.f("pk_resource_states")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop all tables; their indexes go with them."""
    op.drop_table("resource_states")
    op.drop_table("plan_items")
    op.drop_table("learning_days")
    op.drop_table("karma_points")
    op.drop_table("enrolments")
    op.drop_table("certificates")
    op.drop_table("resources")
    op.drop_table("learners")
    op.drop_table("course_administrators")
    op.drop_table("course_access")
    op.drop_table("erasures")
    op.drop_table("link_tokens")
    op.drop_table("token_failures")
    op.drop_table("tickets")
    op.drop_table("sent_reminders")
    op.drop_table("reminders")
    op.drop_table("quiz_results")
    op.drop_table("links")
    op.drop_table("feedback")
    op.drop_table("designations")
    op.drop_table("departments")
    op.drop_table("courses")
