"""ClinicalTrials.gov over its API v2: what is asked for, of which studies, and how to ask politely."""
