"""Pages outside the admin. None yet: the console and the desk come here."""
