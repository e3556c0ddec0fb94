"""Make an account of the console: ``python -m connectors.console.add_agent NAME EMAIL``."""

from __future__ import annotations

import argparse
import getpass
import os
import secrets
import sys

from connectors.console.accounts import PASSWORD_BYTES, AccountError, AccountService, Role
from connectors.console.audit import AuditLog
from connectors.platform.database import migrate, open_database
from connectors.platform.records import PlatformError
from connectors.platform.schema import utc_now
from connectors.platform.settings import PlatformSettings


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.console.add_agent", description=__doc__
    )
    parser.add_argument("name", help="what learners and colleagues see")
    parser.add_argument("email", help="what the agent logs in with")
    parser.add_argument("--role", choices=[role.label for role in Role], default=Role.AGENT.label)
    parser.add_argument(
        "--ask-password",
        action="store_true",
        help="type the password instead of having one made; SATHI_AGENT_PASSWORD sets it, too",
    )
    options = parser.parse_args(arguments)
    # Without blanks around it, as the log-in form takes it.
    password = os.environ.get("SATHI_AGENT_PASSWORD", "").strip()
    if options.ask_password:
        password = getpass.getpass("Password: ").strip()
    made = not password
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        engine = open_database(PlatformSettings().database)
        migrate(engine)
        accounts = AccountService(engine, AuditLog(engine, utc_now), utc_now)
        agent = accounts.add(options.name, options.email, Role.named(options.role), password)
    except (AccountError, PlatformError) as error:
        print(f"No account was made: {error}", file=sys.stderr)
        return 1
    print(f"{agent.name} can log in as {agent.email}, role {agent.role.label}.")
    if made:
        print(f"Password (shown this once): {password}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
