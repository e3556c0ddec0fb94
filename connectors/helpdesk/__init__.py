"""The helpdesk: tickets, and the conversations that people answer instead of Sathi."""
