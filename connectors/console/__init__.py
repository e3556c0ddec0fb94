"""The helpdesk's console: pages for the people who answer when Sathi cannot."""
