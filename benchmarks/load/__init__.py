"""How much the API answers, how fast, and what it does when it is asked too much."""
